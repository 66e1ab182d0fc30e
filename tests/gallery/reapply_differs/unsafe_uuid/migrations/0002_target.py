"""Give every note a new random key; the old one is kept for the way back."""

import uuid

from django.db import migrations, models


def renew(apps, schema_editor):
    for note in apps.get_model("reapply_differs_unsafe_uuid", "Note").objects.all():
        note.kept, note.value = note.value, uuid.uuid4()
        note.save()


def restore(apps, schema_editor):
    apps.get_model("reapply_differs_unsafe_uuid", "Note").objects.exclude(kept=None).update(
        value=models.F("kept")
    )


class Migration(migrations.Migration):
    dependencies = [("reapply_differs_unsafe_uuid", "0001_initial")]
    operations = [
        migrations.AddField("note", "kept", models.UUIDField(null=True)),
        migrations.RunPython(renew, restore),
    ]
