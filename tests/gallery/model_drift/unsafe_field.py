"""Add one of two fields that the model has. The other is in no migration: queries name a column that the database does
not have, and `makemigrations` would create one more migration.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", errors={"model-drift"})
SAFE_TWIN = "clean"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    subtitle = models.CharField(default="", max_length=80)
    rank = models.IntegerField(default=0)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80))]
