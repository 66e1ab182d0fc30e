"""Give all notes one label; the way back gives each a label of its own before they must differ."""

from django.db import migrations, models


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
    dependencies = [("rollback_fails_with_data_near_miss_unique", "0001_initial")]
    operations = [
        migrations.AddField("note", "once", models.SlugField(default="", max_length=40)),
        migrations.AlterField("note", "label", models.SlugField(max_length=40)),
        migrations.RunPython(merge, part),
    ]
