"""Create an index in SQL, and misspell its name in the reverse SQL: the migration can be applied, but not rolled back,
not even on empty tables.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-fails"})
SAFE_TWIN = "near_miss"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "CREATE INDEX rollback_fails_unsafe_sql_title ON rollback_fails_unsafe_sql_note (title)",
            "DROP INDEX rollback_fails_unsafe_sql_titel",
        )
    ]
