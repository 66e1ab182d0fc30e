"""Create an index outside of a transaction (`atomic = False`), by statements that can be run again."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS rollback_not_atomic_clean ON rollback_not_atomic_clean_index_note (title, id)",
            "DROP INDEX IF EXISTS rollback_not_atomic_clean",
        )
    ]
