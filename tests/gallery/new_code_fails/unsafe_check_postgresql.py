"""Add a check that is not validated and that no row meets: the new release cannot save one. SQLite has none."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", reason="does nothing on sqlite"),
    "postgresql": Expected("failed", errors={"new-code-fails"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "new_code_fails_unsafe_check_postgresql_note"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        check = "CHECK (title = upper(title)) NOT VALID"
        schema_editor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT title_in_capitals {check}")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT title_in_capitals")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
