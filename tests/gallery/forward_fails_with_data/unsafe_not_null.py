"""Add a NOT NULL column without a default: there is no value for the rows that exist, so it can be added to an empty
table alone.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)
SAFE_TWIN = "near_miss_not_null"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    rank = models.IntegerField()


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "rank", models.IntegerField())]
