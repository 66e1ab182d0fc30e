"""Read numbers from a text that people type. A number is read, but nothing keeps anybody from typing something else."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def number(apps, schema_editor):
    for note in apps.get_model("forward_fails_with_data_unsafe_number", "Note").objects.all():
        note.title = str(int(note.title))
        note.save()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(number, migrations.RunPython.noop)]
