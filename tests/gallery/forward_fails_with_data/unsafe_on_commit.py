"""Raise in a function registered with on_commit: migrate fails, and by then the migration is committed and recorded as
applied.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
from django.db import transaction


def forwards(apps, editor):
    notes = apps.get_model("forward_fails_with_data_unsafe_on_commit", "Note").objects
    notes.filter(title="welcome").delete()

    def announce():
        if notes.exists():
            raise RuntimeError("the queue cannot be reached")

    transaction.on_commit(announce)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
