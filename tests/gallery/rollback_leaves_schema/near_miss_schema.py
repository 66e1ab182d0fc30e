"""Move a table to another schema (rename it, on SQLite), and back."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
from django.db import connection


class Note(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        db_table = 'moved_archive"."note' if connection.vendor == "postgresql" else "moved_archive_note"


# migrations/0002_target.py
from django.db import connection

OLD = "rollback_leaves_schema_near_miss_schema_note"
POSTGRESQL = connection.vendor == "postgresql"
MOVES = [
    "CREATE SCHEMA moved_archive",
    f"ALTER TABLE {OLD} SET SCHEMA moved_archive",
    f"ALTER TABLE moved_archive.{OLD} RENAME TO note",
]
BACK = [
    f"ALTER TABLE moved_archive.note RENAME TO {OLD}",
    f"ALTER TABLE moved_archive.{OLD} SET SCHEMA public",
    "DROP SCHEMA moved_archive",
]


class Migration(migrations.Migration):
    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    MOVES if POSTGRESQL else f"ALTER TABLE {OLD} RENAME TO moved_archive_note",
                    BACK if POSTGRESQL else f"ALTER TABLE moved_archive_note RENAME TO {OLD}",
                )
            ],
            [migrations.AlterModelTable("note", 'moved_archive"."note' if POSTGRESQL else "moved_archive_note")],
        )
    ]
