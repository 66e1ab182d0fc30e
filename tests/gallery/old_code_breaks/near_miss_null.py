"""Add a column that may be null: the old release leaves it out."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    rank = models.IntegerField(null=True)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "rank", models.IntegerField(null=True))]
