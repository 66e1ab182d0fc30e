"""Overwrite a UUID by a random one; the reverse restores the old one. Applied again the migration writes another UUID:
what was handed out under the first one leads nowhere.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"reapply-differs"}, needs_rows=True)
SAFE_TWIN = "near_miss_new_column"


# models.py
class Note(models.Model):
    value = models.UUIDField()
    kept = models.UUIDField(null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.UUIDField()),
            ],
        )
    ]


# migrations/0002_target.py
import uuid


def renew(apps, schema_editor):
    for note in apps.get_model("reapply_differs_unsafe_uuid", "Note").objects.all():
        note.kept, note.value = note.value, uuid.uuid4()
        note.save()


def restore(apps, schema_editor):
    apps.get_model("reapply_differs_unsafe_uuid", "Note").objects.exclude(kept=None).update(value=models.F("kept"))


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "kept", models.UUIDField(null=True)),
        migrations.RunPython(renew, restore),
    ]
