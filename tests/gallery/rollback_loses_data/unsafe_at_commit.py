"""Delete rows in a function registered with on_commit, chosen by a constant. Rolling back does not bring them back."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
from django.db import transaction


def forwards(apps, schema_editor):
    notes = apps.get_model("rollback_loses_data_unsafe_at_commit", "Note").objects
    transaction.on_commit(lambda: notes.filter(title="draft-1999").delete())


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
