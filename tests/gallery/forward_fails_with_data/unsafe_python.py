"""Parse titles as numbers: the loop raises at the first row, and does nothing on an empty table."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def read(apps, schema_editor):
    for note in apps.get_model("forward_fails_with_data_unsafe_python", "Note").objects.all():
        int(f"no. {note.title}")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(read, migrations.RunPython.noop)]
