"""Raise in the reverse for very small sizes. Only extreme values bring it out, so this is a warning."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"rollback-fails-with-data"}, needs_rows=True)


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
    if apps.get_model("rollback_fails_with_data_unsafe_extremes", "Note").objects.filter(size__lt=-100_000).exists():
        raise ValueError("a note is too small to be rolled back")


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "pages", models.IntegerField(default=1)),
        migrations.RunPython(migrations.RunPython.noop, check),
    ]
