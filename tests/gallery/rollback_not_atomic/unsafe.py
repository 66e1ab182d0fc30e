"""Run two operations outside of a transaction (`atomic = False`). The rollback drops the column, then raises: the
database is neither before nor after the migration.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-fails", "rollback-not-atomic"})
SAFE_TWIN = "clean"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    subtitle = models.CharField(default="", max_length=80)


# migrations/0002_target.py
def refuse(apps, schema_editor):
    raise RuntimeError("ask the administrator first")


class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.RunPython(migrations.RunPython.noop, refuse),
        migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80)),
    ]
