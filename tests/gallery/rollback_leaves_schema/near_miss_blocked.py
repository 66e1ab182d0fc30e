"""Create a view; the reverse drops it. The migration of another app, which drops it first and does not restore it,
keeps this one from being rolled back from head: that one bears the error.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected(
    "passed",
    reason=(
        "not unwound from head: blocked by rollback_leaves_schema_unsafe_view.0002_target,"
        " after whose rollback view near_miss_blocked_titles is missing"
    ),
)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
VIEW = "CREATE VIEW near_miss_blocked_titles AS SELECT title FROM rollback_leaves_schema_near_miss_blocked_note"


class Migration(migrations.Migration):
    operations = [migrations.RunSQL(VIEW, "DROP VIEW near_miss_blocked_titles")]
