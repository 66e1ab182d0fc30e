"""Replace words by levels. The reverse turns a level that has no word into `other`, which the migration does not know
when it is applied again.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"reapply-fails"}, needs_rows=True)


# models.py
class Note(models.Model):
    level = models.IntegerField(default=1)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(choices=[("low", "low"), ("high", "high")], default="low", max_length=8)),
            ],
        )
    ]


# migrations/0002_target.py
LEVELS = {"low": 1, "high": 2}


def to_levels(apps, schema_editor):
    for note in apps.get_model("reapply_fails_unsafe_words", "Note").objects.all():
        note.level = LEVELS[note.word]
        note.save()


def to_words(apps, schema_editor):
    words = {level: word for word, level in LEVELS.items()}
    for note in apps.get_model("reapply_fails_unsafe_words", "Note").objects.all():
        note.word = words.get(note.level, "other")
        note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "level", models.IntegerField(default=1)),
        migrations.RunPython(to_levels, to_words),
        migrations.RemoveField("note", "word"),
    ]
