"""Divide by a number that the migration before added: every row from before has its default, zero."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    parts = models.PositiveIntegerField(default=0)


# migrations/0002_column.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "parts", models.PositiveIntegerField(default=0))]


# migrations/0003_target.py
def share(apps, schema_editor):
    for note in apps.get_model("forward_fails_with_data_unsafe_default_number", "Note").objects.all():
        note.title = f"{note.title[:60]} {100 // note.parts}"


class Migration(migrations.Migration):
    operations = [migrations.RunPython(share, migrations.RunPython.noop)]
