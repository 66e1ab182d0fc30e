"""Run two operations outside of a transaction (`atomic = False`). Equal titles stop the way forward in the middle; the
rollback drops the uniqueness, then fails at an index that does not exist.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-fails", "rollback-not-atomic"}, warnings={"forward-fails-with-data"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80, unique=True)


# migrations/0002_target.py
class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS rollback_not_atomic_text ON rollback_not_atomic_unsafe_text_note (title, id)",
            "DROP INDEX no_such_index",
        ),
        migrations.AlterField("note", "title", models.CharField(max_length=80, unique=True)),
    ]
