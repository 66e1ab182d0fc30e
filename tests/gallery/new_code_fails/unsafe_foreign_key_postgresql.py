"""Add a foreign key in SQL beside a field that does nothing on delete: the new release cannot delete rows that others
refer to. SQLite gets no constraint.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", reason="does nothing on sqlite"),
    "postgresql": Expected("failed", errors={"new-code-fails"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Reply(models.Model):
    note = models.ForeignKey(Note, models.DO_NOTHING, db_constraint=False)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            "Reply",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "note",
                    models.ForeignKey(
                        "new_code_fails_unsafe_foreign_key_postgresql.note", models.DO_NOTHING, db_constraint=False
                    ),
                ),
            ],
        ),
    ]


# migrations/0002_target.py
APP = "new_code_fails_unsafe_foreign_key_postgresql"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"ALTER TABLE {APP}_reply ADD CONSTRAINT reply_of_note FOREIGN KEY (note_id) REFERENCES {APP}_note (id)"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {APP}_reply DROP CONSTRAINT reply_of_note")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, drop)]
