"""Give every note a random key in a column that goes with the rollback."""

import uuid

from django.db import migrations, models


def fill(apps, schema_editor):
    for note in apps.get_model("reapply_differs_near_miss_new_column", "Note").objects.all():
        note.key = uuid.uuid4()
        note.save()


class Migration(migrations.Migration):
    dependencies = [("reapply_differs_near_miss_new_column", "0001_initial")]
    operations = [
        migrations.AddField("note", "key", models.UUIDField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
