"""Raise in a function that the reverse registers with on_commit: its changes are committed, and the migration is still
recorded as applied.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-fails-with-data", "rollback-not-atomic"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
from django.db import transaction


def forwards(apps, editor):
    apps.get_model("rollback_fails_with_data_unsafe_on_commit", "Note").objects.create(title="welcome")


def backwards(apps, editor):
    notes = apps.get_model("rollback_fails_with_data_unsafe_on_commit", "Note").objects
    notes.filter(title="welcome").delete()

    def announce():
        if notes.exists():
            raise RuntimeError("the queue cannot be reached")

    transaction.on_commit(announce)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forwards, backwards)]
