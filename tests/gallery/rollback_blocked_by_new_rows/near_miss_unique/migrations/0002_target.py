"""Let two notes have one number; the way back numbers the later ones anew."""

from django.db import migrations, models


def renumber(apps, schema_editor):
    notes = apps.get_model("rollback_blocked_by_new_rows_near_miss_unique", "Note").objects
    taken = set()
    free = (number for number in range(10_000, 20_000) if not notes.filter(number=number).exists())
    for note in notes.order_by("pk"):
        if note.number in taken:
            note.number = next(free)
            note.save()
        taken.add(note.number)


class Migration(migrations.Migration):
    dependencies = [("rollback_blocked_by_new_rows_near_miss_unique", "0001_initial")]
    operations = [
        migrations.AlterField("note", "number", models.BigIntegerField()),
        migrations.RunPython(migrations.RunPython.noop, renumber),
    ]
