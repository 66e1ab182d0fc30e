"""Overwrite a time by the current one; the reverse restores the old one. Applied again the migration writes another
time.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"reapply-differs"}, needs_rows=True)


# models.py
class Note(models.Model):
    value = models.DateTimeField()
    kept = models.DateTimeField(null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.DateTimeField()),
            ],
        )
    ]


# migrations/0002_target.py
from django.utils import timezone


def renew(apps, schema_editor):
    for note in apps.get_model("reapply_differs_unsafe_now", "Note").objects.all():
        note.kept, note.value = note.value, timezone.now()
        note.save()


def restore(apps, schema_editor):
    apps.get_model("reapply_differs_unsafe_now", "Note").objects.exclude(kept=None).update(value=models.F("kept"))


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "kept", models.DateTimeField(null=True)),
        migrations.RunPython(renew, restore),
    ]
