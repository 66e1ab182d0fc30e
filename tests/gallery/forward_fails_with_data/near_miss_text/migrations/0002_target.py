"""Let no two notes have one title, once those that are there twice have another; what was typed is kept."""

from django.db import migrations, models


def other(note, title):
    return f"{title[:60]} ({note.pk})"


def tell_apart(apps, schema_editor):
    notes = apps.get_model("forward_fails_with_data_near_miss_text", "Note").objects
    for note in notes.order_by("pk"):
        if notes.filter(title=note.title, pk__lt=note.pk).exists():
            notes.filter(pk=note.pk).update(title=other(note, note.title), typed=note.title)


def as_typed(apps, schema_editor):
    notes = apps.get_model("forward_fails_with_data_near_miss_text", "Note").objects
    for note in notes.order_by("pk"):
        if note.title == other(note, note.typed):
            notes.filter(pk=note.pk).update(title=note.typed)


class Migration(migrations.Migration):
    dependencies = [("forward_fails_with_data_near_miss_text", "0001_initial")]
    operations = [
        migrations.AddField("note", "typed", models.CharField(default="", max_length=80)),
        migrations.RunPython(tell_apart, as_typed),
        migrations.AlterField("note", "title", models.CharField(max_length=80, unique=True)),
    ]
