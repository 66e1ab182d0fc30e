"""Overwrite a number by a random one; the reverse restores the old one. Applied again the migration writes another
number.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"reapply-differs"}, needs_rows=True)


# models.py
class Note(models.Model):
    value = models.FloatField()
    kept = models.FloatField(null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.FloatField()),
            ],
        )
    ]


# migrations/0002_target.py
import random


def renew(apps, schema_editor):
    for note in apps.get_model("reapply_differs_unsafe_random", "Note").objects.all():
        note.kept, note.value = note.value, random.random()
        note.save()


def restore(apps, schema_editor):
    apps.get_model("reapply_differs_unsafe_random", "Note").objects.exclude(kept=None).update(value=models.F("kept"))


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "kept", models.FloatField(null=True)),
        migrations.RunPython(renew, restore),
    ]
