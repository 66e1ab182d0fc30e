"""Let titles be longer; the way back shortens those that are."""

from django.db import migrations, models


def shorten(apps, schema_editor):
    for note in apps.get_model("rollback_blocked_by_new_rows_near_miss_length", "Note").objects.all():
        if len(note.title) > 20:
            note.title = note.title[:19] + "…"
            note.save()


class Migration(migrations.Migration):
    dependencies = [("rollback_blocked_by_new_rows_near_miss_length", "0001_initial")]
    operations = [
        migrations.AlterField("note", "title", models.CharField(max_length=200)),
        migrations.RunPython(migrations.RunPython.noop, shorten),
    ]
