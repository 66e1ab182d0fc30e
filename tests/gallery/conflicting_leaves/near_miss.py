"""Join two migrations with the same parent by a merge migration: the app has one leaf again."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
    dependencies = [("conflicting_leaves_near_miss", "0001_initial")]
    operations = [migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80))]


# migrations/0003_merge.py
class Migration(migrations.Migration):
    dependencies = [("conflicting_leaves_near_miss", "0002_other"), ("conflicting_leaves_near_miss", "0002_target")]
    operations = []
