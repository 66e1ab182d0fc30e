"""Add a positive number that may be null: the check that comes with it reads every row."""

from django.db import migrations, models
from gallery_tests.expected import Expected

SAFE_TWIN = "near_miss_validate_postgresql"
EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("passed", warnings={"blocking-lock", "grows-with-rows"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    stars = models.PositiveIntegerField(null=True)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "stars", models.PositiveIntegerField(null=True))]
