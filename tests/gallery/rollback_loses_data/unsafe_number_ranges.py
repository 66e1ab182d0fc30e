"""Overwrite a range of numbers as text, for good: rows are what the field takes."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# fields.py
import re

from django.core.exceptions import ValidationError


class RangesField(models.TextField):
    def to_python(self, value):
        if value is not None and not re.fullmatch(r"\d+-\d+", value):
            raise ValidationError("Give a range of positive numbers.")
        return value


# models.py
from rollback_loses_data_unsafe_number_ranges.fields import RangesField


class Host(models.Model):
    first = RangesField()


# migrations/0001_initial.py
from rollback_loses_data_unsafe_number_ranges.fields import RangesField


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
def overwrite(apps, schema_editor):
    apps.get_model("rollback_loses_data_unsafe_number_ranges", "Host").objects.update(first="1000-1001")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(overwrite, migrations.RunPython.noop)]
