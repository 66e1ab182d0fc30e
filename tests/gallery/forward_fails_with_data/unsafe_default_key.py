"""Read a number from a document that the migration before added: no row from before has the key. In documents with a
number there it would work, and nobody had time to store one.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    options = models.JSONField(default=dict)
    stars = models.IntegerField(default=0)


# migrations/0002_column.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "options", models.JSONField(default=dict))]


# migrations/0003_target.py
def convert(apps, schema_editor):
    for note in apps.get_model("forward_fails_with_data_unsafe_default_key", "Note").objects.all():
        note.stars = note.options["stars"]
        note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "stars", models.IntegerField(default=0)),
        migrations.RunPython(convert, migrations.RunPython.noop),
    ]
