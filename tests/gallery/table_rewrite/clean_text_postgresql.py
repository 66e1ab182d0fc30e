"""Change how a column is stored from now on: no row is touched."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed", reason="does nothing on sqlite"), "postgresql": Expected("passed")}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "table_rewrite_clean_text_postgresql_note"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN title SET STORAGE EXTERNAL")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN title SET STORAGE EXTENDED")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
