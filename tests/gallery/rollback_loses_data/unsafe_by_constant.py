"""Rename a key that the code names. The reverse does nothing: a setting that had the old key keeps the new one, which
the old release does not look for.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# models.py
class Setting(models.Model):
    key = models.CharField(max_length=40, unique=True)
    value = models.CharField(max_length=40)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Setting",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40, unique=True)),
                ("value", models.CharField(max_length=40)),
            ],
        )
    ]


# migrations/0002_target.py
def rename(apps, schema_editor):
    settings = apps.get_model("rollback_loses_data_unsafe_by_constant", "Setting").objects
    settings.filter(key="mail.sender").update(key="mail.from")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(rename, migrations.RunPython.noop)]
