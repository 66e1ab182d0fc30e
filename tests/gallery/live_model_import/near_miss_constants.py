"""Take a constant of today's model, and a validator from beside it, and the rows from the historical model."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
def validate_length(value):
    pass


class Note(models.Model):
    SHORTEST = 1
    title = models.CharField(max_length=80)
    length = models.IntegerField(default=0, validators=[validate_length])


# migrations/0002_target.py
from live_model_import_near_miss_constants.models import Note, validate_length


def fill(apps, schema_editor):
    notes = apps.get_model("live_model_import_near_miss_constants", "Note").objects
    notes.update(length=Note.SHORTEST)


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "length", models.IntegerField(default=0, validators=[validate_length])),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
