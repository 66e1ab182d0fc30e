"""Import today's model for an annotation, and give the historical one the same name where rows are changed."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    length = models.IntegerField(default=0)


# migrations/0002_target.py
from live_model_import_near_miss_annotation.models import Note


def shortened(note: Note) -> int:
    return min(len(note.title), 9)


def fill(apps, schema_editor):
    Note = apps.get_model("live_model_import_near_miss_annotation", "Note")
    for note in Note.objects.all():
        note.length = shortened(note)
        note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "length", models.IntegerField(default=0)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
