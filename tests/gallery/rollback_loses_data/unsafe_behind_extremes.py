"""Overwrite every title, for good. Very small sizes stop the rollback before that shows, so it is tried again without
them: the loss is an error, the stop a warning.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, warnings={"rollback-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    size = models.IntegerField()


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
def rename(apps, schema_editor):
    apps.get_model("rollback_loses_data_unsafe_behind_extremes", "Note").objects.update(title="untitled")


def check(apps, schema_editor):
    if apps.get_model("rollback_loses_data_unsafe_behind_extremes", "Note").objects.filter(size__lt=-100_000).exists():
        raise ValueError("a note is too small to be rolled back")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(rename, check)]
