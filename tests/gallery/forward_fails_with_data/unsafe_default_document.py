"""Read a key from a document that the migration before added: the rows from before have its default, which is empty."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    options = models.JSONField(default=dict)


# migrations/0002_column.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "options", models.JSONField(default=dict))]


# migrations/0003_target.py
def convert(apps, schema_editor):
    for note in apps.get_model("forward_fails_with_data_unsafe_default_document", "Note").objects.all():
        note.title = f"{note.title[:60]} {note.options['name'][:9]}"


class Migration(migrations.Migration):
    operations = [migrations.RunPython(convert, migrations.RunPython.noop)]
