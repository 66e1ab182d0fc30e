"""Fill a new column in a function registered with on_commit. Rolling back drops the column alone."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    length = models.PositiveIntegerField(null=True)


# migrations/0002_target.py
from django.db import transaction
from django.db.models.functions import Length


def forwards(apps, schema_editor):
    notes = apps.get_model("rollback_loses_data_clean_at_commit", "Note").objects
    transaction.on_commit(lambda: notes.update(length=Length("title")))


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "length", models.PositiveIntegerField(null=True)),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
