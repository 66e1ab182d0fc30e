"""Build one index in a migration that is not atomic: there is nothing between its operations."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "forward_not_resumable_clean_one_operation_note"


class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.RunSQL(
            f"CREATE INDEX IF NOT EXISTS forward_not_resumable_title_one ON {TABLE} (title)",
            "DROP INDEX IF EXISTS forward_not_resumable_title_one",
        )
    ]
