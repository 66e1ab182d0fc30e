"""Replace words by levels; levels without a word come back as a word that has no level."""

from django.db import migrations, models

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
    dependencies = [("reapply_fails_unsafe_words", "0001_initial")]
    operations = [
        migrations.AddField("note", "level", models.IntegerField(default=1)),
        migrations.RunPython(to_levels, to_words),
        migrations.RemoveField("note", "word"),
    ]
