"""Add a column that must have a value, which the database fills for a release that does not know it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    rank = models.IntegerField(default=0, db_default=0)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "rank", models.IntegerField(default=0, db_default=0))]
