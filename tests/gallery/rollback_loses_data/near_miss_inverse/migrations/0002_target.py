"""Count from 0 instead of 1; the way back counts from 1 again."""

from django.db import migrations


def flip(apps, schema_editor):
    notes = apps.get_model("rollback_loses_data_near_miss_inverse", "Note").objects
    flipped = list(notes.filter(number=False).values_list("pk", flat=True))
    notes.filter(number=True).update(number=False)
    notes.filter(pk__in=flipped).update(number=True)


class Migration(migrations.Migration):
    dependencies = [("rollback_loses_data_near_miss_inverse", "0001_initial")]
    operations = [
        migrations.RunPython(flip, flip),
    ]
