"""Rename a column: the rollback gives it its old name back, and each time it ends with the same rows."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    heading = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RenameField("note", "title", "heading")]
