"""Raise in the reverse for very small sizes of notes that have no title. There is no such note, since a title cannot
be NULL.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    size = models.IntegerField()
    pages = models.IntegerField(default=1)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("size", models.IntegerField()),
            ],
        )
    ]


# migrations/0002_target.py
def count(apps, schema_editor):
    apps.get_model("rollback_fails_with_data_near_miss_extremes", "Note").objects.update(pages=2)


def check(apps, schema_editor):
    if (
        apps.get_model("rollback_fails_with_data_near_miss_extremes", "Note")
        .objects.filter(size__lt=-100_000)
        .filter(title__isnull=True)
        .exists()
    ):
        raise ValueError("a note is too small to be rolled back")


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "pages", models.IntegerField(default=1)),
        migrations.RunPython(count, check),
    ]
