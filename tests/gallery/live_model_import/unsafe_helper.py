"""Fill a new column with a function of the app, which uses the model class of today."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"live-model-import"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    length = models.IntegerField(default=0)


# lengths.py
from live_model_import_unsafe_helper.models import Note


def fill_lengths():
    Note.objects.update(length=1)


# migrations/0002_target.py
from live_model_import_unsafe_helper.lengths import fill_lengths


def fill(apps, schema_editor):
    fill_lengths()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "length", models.IntegerField(default=0)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
