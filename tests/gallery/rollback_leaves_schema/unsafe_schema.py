"""Move a table to another schema (rename it, on SQLite), and do not move it back."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"old-code-fails-after-rollback", "reapply-fails", "rollback-leaves-schema"})


# models.py
from django.db import connection


class Note(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        db_table = 'left_archive"."note' if connection.vendor == "postgresql" else "left_archive_note"


# migrations/0002_target.py
from django.db import connection

OLD = "rollback_leaves_schema_unsafe_schema_note"
POSTGRESQL = connection.vendor == "postgresql"
MOVES = [
    "CREATE SCHEMA IF NOT EXISTS left_archive",
    f"ALTER TABLE {OLD} SET SCHEMA left_archive",
    f"ALTER TABLE left_archive.{OLD} RENAME TO note",
]


class Migration(migrations.Migration):
    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    MOVES if POSTGRESQL else f"ALTER TABLE {OLD} RENAME TO left_archive_note", migrations.RunSQL.noop
                )
            ],
            [migrations.AlterModelTable("note", 'left_archive"."note' if POSTGRESQL else "left_archive_note")],
        )
    ]
