"""Rename a model, and its table with it, which the old release uses."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"old-code-breaks"})


# models.py
class Entry(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RenameModel("Note", "Entry")]
