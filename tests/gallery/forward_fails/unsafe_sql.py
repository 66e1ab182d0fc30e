"""Create an index on a column that does not exist: the statement fails on every database, even with empty tables."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails"})
SAFE_TWIN = "clean"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "CREATE INDEX forward_fails_unsafe_sql_x ON forward_fails_unsafe_sql_note (missing)",
            "DROP INDEX forward_fails_unsafe_sql_x",
        )
    ]
