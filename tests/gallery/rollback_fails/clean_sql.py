"""Create an index in SQL: the reverse SQL drops the one of that name."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "CREATE INDEX rollback_fails_clean_sql_title ON rollback_fails_clean_sql_note (title)",
            "DROP INDEX rollback_fails_clean_sql_title",
        )
    ]
