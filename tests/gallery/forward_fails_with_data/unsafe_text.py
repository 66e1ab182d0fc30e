"""Make a text column unique. Nothing kept users from typing the same title twice; only edge rows have such duplicates,
so this is a warning.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80, unique=True)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "title", models.CharField(max_length=80, unique=True))]
