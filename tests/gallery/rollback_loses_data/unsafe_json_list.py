"""Overwrite a list in a JSON column that takes nothing else, for good: rows are what the field takes."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# fields.py


class ListField(models.JSONField):
    def get_prep_value(self, value):
        if value is not None and not isinstance(value, list):
            raise TypeError(f"value {value} is not a list")
        return super().get_prep_value(value)


# models.py
from rollback_loses_data_unsafe_json_list.fields import ListField


class Host(models.Model):
    first = ListField()


# migrations/0001_initial.py
from rollback_loses_data_unsafe_json_list.fields import ListField


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
def overwrite(apps, schema_editor):
    apps.get_model("rollback_loses_data_unsafe_json_list", "Host").objects.update(first=["replaced"])


class Migration(migrations.Migration):
    operations = [migrations.RunPython(overwrite, migrations.RunPython.noop)]
