"""Make titles longer. The reverse shortens titles that do not fit the old column before the column shrinks."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=200)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=20)),
            ],
        )
    ]


# migrations/0002_target.py
def shorten(apps, schema_editor):
    for note in apps.get_model("rollback_blocked_by_new_rows_near_miss_length", "Note").objects.all():
        if len(note.title) > 20:
            note.title = note.title[:19] + "…"
            note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AlterField("note", "title", models.CharField(max_length=200)),
        migrations.RunPython(migrations.RunPython.noop, shorten),
    ]
