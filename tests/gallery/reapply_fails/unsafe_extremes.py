"""Overwrite very small sizes by a mark in the reverse, and refuse the mark on the way forward: with such rows the
migration cannot be applied again. Only extreme values bring it out, so this is a warning.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"reapply-fails", "rollback-loses-data"}, needs_rows=True)


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
def check(apps, schema_editor):
    if apps.get_model("reapply_fails_unsafe_extremes", "Note").objects.filter(size=-7777).exists():
        raise ValueError("a note was marked before")


def mark(apps, schema_editor):
    apps.get_model("reapply_fails_unsafe_extremes", "Note").objects.filter(size__lt=-100_000).update(size=-7777)


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "pages", models.IntegerField(default=1)),
        migrations.RunPython(check, mark),
    ]
