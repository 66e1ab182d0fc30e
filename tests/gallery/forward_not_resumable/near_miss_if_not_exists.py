"""Build two indexes by SQL without a transaction, each only if it is not there."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "forward_not_resumable_near_miss_if_not_exists_note"


class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.RunSQL(
            f"CREATE INDEX IF NOT EXISTS forward_not_resumable_title_if ON {TABLE} (title)",
            "DROP INDEX IF EXISTS forward_not_resumable_title_if",
        ),
        migrations.RunSQL(
            f"CREATE INDEX IF NOT EXISTS forward_not_resumable_id_if ON {TABLE} (id)",
            "DROP INDEX IF EXISTS forward_not_resumable_id_if",
        ),
    ]
