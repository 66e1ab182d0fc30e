"""Rename a column by SQL of one's own, of which the state of Django knows nothing."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"old-code-breaks"})


# models.py
class Note(models.Model):
    heading = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE old_code_breaks_unsafe_sql_rename_note RENAME COLUMN title TO heading",
                    "ALTER TABLE old_code_breaks_unsafe_sql_rename_note RENAME COLUMN heading TO title",
                )
            ],
            state_operations=[migrations.RenameField("note", "title", "heading")],
        )
    ]
