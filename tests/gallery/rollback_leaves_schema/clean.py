"""Add an index by Django's operation: its reverse drops it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["title"], name="gallery_leaves_title")]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddIndex("note", models.Index(fields=["title"], name="gallery_leaves_title"))]
