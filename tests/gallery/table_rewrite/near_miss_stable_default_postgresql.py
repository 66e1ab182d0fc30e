"""Add a column whose default is the time of the statement: PostgreSQL computes it once."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed", reason="does nothing on sqlite"), "postgresql": Expected("passed")}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "table_rewrite_near_miss_stable_default_postgresql_note"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} ADD COLUMN made timestamptz NOT NULL DEFAULT now()")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} DROP COLUMN made")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
