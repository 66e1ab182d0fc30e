"""Validate a constraint: every row is read, and nobody has to wait."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed", reason="does nothing on sqlite"), "postgresql": Expected("passed")}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_unvalidated.py
TABLE = "grows_with_rows_near_miss_validate_postgresql_note"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT id_positive CHECK (id > 0) NOT VALID")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT id_positive")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]


# migrations/0003_target.py
TABLE = "grows_with_rows_near_miss_validate_postgresql_note"


def validate(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT id_positive")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(validate, migrations.RunPython.noop)]
