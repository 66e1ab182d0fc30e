"""Give every note a new key that follows from the old one, and the other way round."""

import uuid

from django.db import migrations


def turn(apps, schema_editor):
    for note in apps.get_model("reapply_differs_near_miss_derived", "Note").objects.all():
        note.key = uuid.UUID(int=note.key.int ^ (2**128 - 1))
        note.save()


class Migration(migrations.Migration):
    dependencies = [("reapply_differs_near_miss_derived", "0001_initial")]
    operations = [
        migrations.RunPython(turn, turn),
    ]
