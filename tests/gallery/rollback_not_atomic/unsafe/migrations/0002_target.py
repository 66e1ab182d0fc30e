"""Outside of a transaction, add a column; the way back stops after removing it."""

from django.db import migrations, models


def refuse(apps, schema_editor):
    raise RuntimeError("ask the administrator first")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("rollback_not_atomic_unsafe", "0001_initial")]
    operations = [
        migrations.RunPython(migrations.RunPython.noop, refuse),
        migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80)),
    ]
