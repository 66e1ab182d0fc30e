"""Rename a field, and keep the name of its column, which the old release uses."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    heading = models.CharField(max_length=80, db_column="title")


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AlterField("note", "title", models.CharField(max_length=80, db_column="title")),
        migrations.RenameField("note", "title", "heading"),
    ]
