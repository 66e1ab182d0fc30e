"""Rename keys that a table in the code names, and back: the reverse finds each setting by its new key."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
NEW_KEYS = {"mail.sender": "mail.from", "mail.host": "mail.server"}


def rename(apps, keys):
    for setting in apps.get_model("rollback_loses_data_clean_by_constant", "Setting").objects.all():
        if setting.key in keys:
            setting.key = keys[setting.key]
            setting.save()


def ahead(apps, schema_editor):
    rename(apps, NEW_KEYS)


def back(apps, schema_editor):
    rename(apps, {new: old for old, new in NEW_KEYS.items()})


class Migration(migrations.Migration):
    operations = [migrations.RunPython(ahead, back)]
