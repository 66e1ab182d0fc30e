"""Add a column with a sequence: every row gets a number of its own, in a new file."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", reason="does nothing on sqlite"),
    "postgresql": Expected("passed", warnings={"table-rewrite", "blocking-lock", "grows-with-rows"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "table_rewrite_unsafe_serial_postgresql_note"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} ADD COLUMN place bigserial")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} DROP COLUMN place")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
