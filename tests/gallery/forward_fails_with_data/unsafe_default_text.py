"""Fill a column that the migration before added with an empty default. Every row from before has that default, and the
function reads a field for it that the model does not have.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    url = models.CharField(max_length=60, default="")


# migrations/0002_column.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "url", models.CharField(max_length=60, default=""))]


# migrations/0003_target.py
def fill(apps, schema_editor):
    for note in apps.get_model("forward_fails_with_data_unsafe_default_text", "Note").objects.all():
        if not note.url:
            note.url = note.address
            note.save()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
