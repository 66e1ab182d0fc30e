"""Copy a list in a JSON column that takes nothing else, to a column that the reverse removes."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# fields.py


class ListField(models.JSONField):
    def get_prep_value(self, value):
        if value is not None and not isinstance(value, list):
            raise TypeError(f"value {value} is not a list")
        return super().get_prep_value(value)


# models.py
from rollback_loses_data_clean_json_list.fields import ListField


class Host(models.Model):
    first = ListField()
    second = ListField(null=True)


# migrations/0001_initial.py
from rollback_loses_data_clean_json_list.fields import ListField


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Host",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", ListField()),
            ],
        )
    ]


# migrations/0002_target.py
from rollback_loses_data_clean_json_list.fields import ListField


def copy(apps, schema_editor):
    for host in apps.get_model("rollback_loses_data_clean_json_list", "Host").objects.all():
        host.second = host.first
        host.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("host", "second", ListField(null=True)),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
