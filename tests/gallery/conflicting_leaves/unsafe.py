"""Leave two migrations with the same parent, as two merged branches do. The app has two leaves, and `migrate` refuses
to run.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

ALONE = True  # Django refuses to migrate the whole project
EXPECTED = Expected(
    "skipped",
    errors={"conflicting-leaves"},
    reason="Django refuses to migrate: two leaves in conflicting_leaves_unsafe",
)
SAFE_TWIN = "near_miss"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    subtitle = models.CharField(default="", max_length=80)
    rank = models.IntegerField(default=0)


# migrations/0002_other.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "rank", models.IntegerField(default=0))]


# migrations/0002_target.py
class Migration(migrations.Migration):
    dependencies = [("conflicting_leaves_unsafe", "0001_initial")]
    operations = [migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80))]
