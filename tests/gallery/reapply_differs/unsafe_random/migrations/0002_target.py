"""Shuffle the notes; their old places are kept for the way back."""

import random

from django.db import migrations, models


def renew(apps, schema_editor):
    for note in apps.get_model("reapply_differs_unsafe_random", "Note").objects.all():
        note.kept, note.value = note.value, random.random()
        note.save()


def restore(apps, schema_editor):
    apps.get_model("reapply_differs_unsafe_random", "Note").objects.exclude(kept=None).update(
        value=models.F("kept")
    )


class Migration(migrations.Migration):
    dependencies = [("reapply_differs_unsafe_random", "0001_initial")]
    operations = [
        migrations.AddField("note", "kept", models.FloatField(null=True)),
        migrations.RunPython(renew, restore),
    ]
