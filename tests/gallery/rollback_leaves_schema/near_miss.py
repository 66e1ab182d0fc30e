"""Create an index in SQL, and drop it in the reverse SQL."""

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
            "CREATE INDEX rollback_leaves_schema_near_miss_title ON rollback_leaves_schema_near_miss_note (title)",
            "DROP INDEX rollback_leaves_schema_near_miss_title",
        )
    ]
