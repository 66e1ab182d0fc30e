"""Give all notes the same label, which no longer has to be unique. The reverse restores the labels, kept in a second
column, before they must differ again.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    label = models.SlugField(max_length=40)
    once = models.SlugField(default="", max_length=40)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.SlugField(max_length=40, unique=True)),
            ],
        )
    ]


# migrations/0002_target.py
def merge(apps, schema_editor):
    notes = apps.get_model("rollback_fails_with_data_near_miss_unique", "Note").objects
    notes.update(once=models.F("label"))
    notes.update(label="general")


def part(apps, schema_editor):
    taken = set()
    for note in apps.get_model("rollback_fails_with_data_near_miss_unique", "Note").objects.order_by("pk"):
        note.label = note.once if note.once and note.once not in taken else f"note-{note.pk}"
        taken.add(note.label)
        note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "once", models.SlugField(default="", max_length=40)),
        migrations.AlterField("note", "label", models.SlugField(max_length=40)),
        migrations.RunPython(merge, part),
    ]
