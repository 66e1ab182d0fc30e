"""Add a NOT NULL column with a one-off default for the rows that exist (`preserve_default=False`)."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    rank = models.IntegerField()


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "rank", models.IntegerField(default=0), preserve_default=False)]
