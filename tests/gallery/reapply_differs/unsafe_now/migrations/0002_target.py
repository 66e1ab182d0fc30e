"""Say that every note was looked at just now; the old time is kept for the way back."""

from django.db import migrations, models
from django.utils import timezone


def renew(apps, schema_editor):
    for note in apps.get_model("reapply_differs_unsafe_now", "Note").objects.all():
        note.kept, note.value = note.value, timezone.now()
        note.save()


def restore(apps, schema_editor):
    apps.get_model("reapply_differs_unsafe_now", "Note").objects.exclude(kept=None).update(
        value=models.F("kept")
    )


class Migration(migrations.Migration):
    dependencies = [("reapply_differs_unsafe_now", "0001_initial")]
    operations = [
        migrations.AddField("note", "kept", models.DateTimeField(null=True)),
        migrations.RunPython(renew, restore),
    ]
