"""Append a mark to every title. The reverse does nothing: the titles stay changed."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def mark(apps, schema_editor):
    for note in apps.get_model("rollback_loses_data_unsafe_update", "Note").objects.exclude(title__endswith="(old)"):
        note.title = f"{note.title[:70]} (old)"
        note.save()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
