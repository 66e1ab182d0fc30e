"""Build two indexes by SQL without a transaction: the first one is there already if the migration is run again."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-not-resumable"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.RunSQL(
            "CREATE INDEX forward_not_resumable_title_plain ON forward_not_resumable_unsafe_index_note (title)",
            "DROP INDEX IF EXISTS forward_not_resumable_title_plain",
        ),
        migrations.RunSQL(
            "CREATE INDEX forward_not_resumable_id_plain ON forward_not_resumable_unsafe_index_note (id)",
            "DROP INDEX IF EXISTS forward_not_resumable_id_plain",
        ),
    ]
