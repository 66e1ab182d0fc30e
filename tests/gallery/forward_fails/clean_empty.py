"""Number the notes, beginning after the greatest number: on an empty table that is none, and counts as 0."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    number = models.IntegerField(default=0)


# migrations/0002_target.py
def number(apps, schema_editor):
    notes = apps.get_model("forward_fails_clean_empty", "Note").objects
    greatest = notes.aggregate(found=models.Max("number"))["found"] or 0
    for note in notes.order_by("pk"):
        greatest += 1
        note.number = greatest
        note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "number", models.IntegerField(default=0)),
        migrations.RunPython(number, migrations.RunPython.noop),
    ]
