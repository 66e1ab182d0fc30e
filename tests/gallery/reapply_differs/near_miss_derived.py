"""Replace every key by one that is computed from it, and compute it back in the reverse: applied again it gives the
same key.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    key = models.UUIDField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField()),
            ],
        )
    ]


# migrations/0002_target.py
import uuid


def turn(apps, schema_editor):
    for note in apps.get_model("reapply_differs_near_miss_derived", "Note").objects.all():
        note.key = uuid.UUID(int=note.key.int ^ (2**128 - 1))
        note.save()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(turn, turn)]
