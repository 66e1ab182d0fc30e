"""Copy a range of numbers as text, to a column that the reverse removes."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# fields.py
import re

from django.core.exceptions import ValidationError


class RangesField(models.TextField):
    def to_python(self, value):
        if value is not None and not re.fullmatch(r"\d+-\d+", value):
            raise ValidationError("Give a range of positive numbers.")
        return value


# models.py
from rollback_loses_data_clean_number_ranges.fields import RangesField


class Host(models.Model):
    first = RangesField()
    second = RangesField(null=True)


# migrations/0001_initial.py
from rollback_loses_data_clean_number_ranges.fields import RangesField


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Host",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", RangesField()),
            ],
        )
    ]


# migrations/0002_target.py
from rollback_loses_data_clean_number_ranges.fields import RangesField


def copy(apps, schema_editor):
    for host in apps.get_model("rollback_loses_data_clean_number_ranges", "Host").objects.all():
        host.second = host.first
        host.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("host", "second", RangesField(null=True)),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
