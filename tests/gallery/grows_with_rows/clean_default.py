"""Add a mandatory column with a default, which PostgreSQL keeps for the rows that are there: none is read."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    stars = models.IntegerField(db_default=0)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "stars", models.IntegerField(db_default=0))]
