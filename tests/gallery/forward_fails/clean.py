"""Create an index on a column that exists: it is created on every database."""

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
            "CREATE INDEX forward_fails_clean_x ON forward_fails_clean_note (title)", "DROP INDEX forward_fails_clean_x"
        )
    ]
