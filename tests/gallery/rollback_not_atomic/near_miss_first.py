"""Fail on the way back outside of a transaction (`atomic = False`), at the first statement: nothing was changed."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-fails"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS first_note ON rollback_not_atomic_near_miss_first_note (title, id)",
            "DROP INDEX no_such_index",
        )
    ]
