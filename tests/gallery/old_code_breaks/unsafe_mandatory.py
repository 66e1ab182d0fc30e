"""Add a column that must have a value. Django drops its default at once: the old release, which does not know it,
cannot insert any more.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"old-code-breaks"})
SAFE_TWIN = "clean_db_default"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    rank = models.IntegerField(default=0)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "rank", models.IntegerField(default=0))]
