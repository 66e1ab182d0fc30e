"""Add a check that is not validated: the lock is brief, no row is read under it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed", reason="does nothing on sqlite"), "postgresql": Expected("passed")}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "blocking_lock_near_miss_not_valid_postgresql_note"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT id_positive CHECK (id > 0) NOT VALID")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT id_positive")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
