"""Catch the error in the database itself, where a savepoint of its own undoes the statement."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", reason="RunPython (Raw Python operation) does nothing on sqlite"),
    "postgresql": Expected("passed"),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.CharField(max_length=80, default="")


# migrations/0002_target.py


SQL = """
DO $$ BEGIN
    DELETE FROM notes_of_a_former_release;
EXCEPTION WHEN undefined_table THEN NULL;
END $$
"""


def forget(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(SQL)


class Migration(migrations.Migration):
    operations = [
        migrations.RunPython(migrations.RunPython.noop, forget),
        migrations.AddField("note", "body", models.CharField(max_length=80, default="")),
    ]
