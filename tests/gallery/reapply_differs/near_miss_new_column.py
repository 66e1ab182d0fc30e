"""Write random keys into a new column. The rollback drops the column, so no value of the old schema differs."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    key = models.UUIDField(null=True)


# migrations/0002_target.py
import uuid


def fill(apps, schema_editor):
    for note in apps.get_model("reapply_differs_near_miss_new_column", "Note").objects.all():
        note.key = uuid.uuid4()
        note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "key", models.UUIDField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
