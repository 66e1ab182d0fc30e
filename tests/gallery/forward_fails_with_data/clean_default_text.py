"""Fill a column that the migration before added with an empty default, from a field that the model has, and empty it
again in the reverse, which finds what the function filled by its beginning.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    url = models.CharField(max_length=90, default="")


# migrations/0002_column.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "url", models.CharField(max_length=90, default=""))]


# migrations/0003_target.py
def fill(apps, schema_editor):
    for note in apps.get_model("forward_fails_with_data_clean_default_text", "Note").objects.all():
        if not note.url:
            note.url = f"note:{note.title}"
            note.save()


def empty(apps, schema_editor):
    apps.get_model("forward_fails_with_data_clean_default_text", "Note").objects.filter(url__startswith="note:").update(
        url=""
    )


class Migration(migrations.Migration):
    operations = [migrations.RunPython(fill, empty)]
