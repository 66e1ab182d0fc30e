"""Rename a column: every statement of the old release names it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"old-code-breaks"})


# models.py
class Note(models.Model):
    heading = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RenameField("note", "title", "heading")]
