"""Append to every title, and cut it off in the reverse, which works on an empty table too."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.TextField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.TextField()),
            ],
        )
    ]


# migrations/0002_target.py
from django.db.models.functions import Concat


def exclaim(apps, schema_editor):
    apps.get_model("rollback_fails_near_miss_empty", "Note").objects.update(title=Concat("title", models.Value("!")))


def calm(apps, schema_editor):
    notes = list(apps.get_model("rollback_fails_near_miss_empty", "Note").objects.all())
    longest = max((len(note.title) for note in notes), default=0)
    for note in notes:
        note.title = note.title.removesuffix("!")[:longest]
        note.save()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(exclaim, calm)]
