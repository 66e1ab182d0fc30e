"""Drop the uniqueness of a number. The reverse renumbers duplicates before the constraint comes back."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    number = models.BigIntegerField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(unique=True)),
            ],
        )
    ]


# migrations/0002_target.py
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
    operations = [
        migrations.AlterField("note", "number", models.BigIntegerField()),
        migrations.RunPython(migrations.RunPython.noop, renumber),
    ]
