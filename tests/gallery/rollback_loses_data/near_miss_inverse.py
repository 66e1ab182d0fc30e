"""Flip a boolean in every row, and flip it again in the reverse: every value is what it was."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    number = models.BooleanField(default=False)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BooleanField(default=False)),
            ],
        )
    ]


# migrations/0002_target.py
def flip(apps, schema_editor):
    notes = apps.get_model("rollback_loses_data_near_miss_inverse", "Note").objects
    flipped = list(notes.filter(number=False).values_list("pk", flat=True))
    notes.filter(number=True).update(number=False)
    notes.filter(pk__in=flipped).update(number=True)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(flip, flip)]
