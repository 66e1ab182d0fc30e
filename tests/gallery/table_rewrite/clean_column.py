"""Add a column that may be null: no row is touched. From now on the application fills it, and a migration of a later
release does so for the rows from before, in batches.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    double = models.BigIntegerField(null=True)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "double", models.BigIntegerField(null=True))]
