"""Fill a new column through the historical model, which has the columns of that point."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    length = models.IntegerField(default=0)


# migrations/0002_target.py
def fill(apps, schema_editor):
    for note in apps.get_model("live_model_import_clean", "Note").objects.all():
        note.length = len(note.title)
        note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "length", models.IntegerField(default=0)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
