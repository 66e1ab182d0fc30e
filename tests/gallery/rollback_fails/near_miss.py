"""Create an index in SQL. The reverse drops it by its name, even if somebody has dropped it by hand (`IF EXISTS`)."""

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
            "CREATE INDEX rollback_fails_near_miss_title ON rollback_fails_near_miss_note (title)",
            "DROP INDEX IF EXISTS rollback_fails_near_miss_title",
        )
    ]
