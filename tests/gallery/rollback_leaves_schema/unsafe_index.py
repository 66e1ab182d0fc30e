"""Create an index in SQL. The reverse does nothing: `migrate` reports success, and the index stays. IF NOT EXISTS
keeps the next run from failing at it.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-leaves-schema"})
SAFE_TWIN = "near_miss"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS rollback_leaves_schema_unsafe_index_title "
            "ON rollback_leaves_schema_unsafe_index_note (title)",
            migrations.RunSQL.noop,
        )
    ]
