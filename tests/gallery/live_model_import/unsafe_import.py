"""Fill a new column through the model class that the app has today. Once a later migration adds a column to it, this
one selects a column that is not there yet.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"live-model-import"})
SAFE_TWIN = "clean"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    length = models.IntegerField(default=0)


# migrations/0002_target.py
from live_model_import_unsafe_import.models import Note


def fill(apps, schema_editor):
    for note in Note.objects.all():
        note.length = len(note.title)
        note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "length", models.IntegerField(default=0)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
