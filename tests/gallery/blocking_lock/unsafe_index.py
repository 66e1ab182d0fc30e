"""Build an index, which reads every row while nobody can write the table."""

from django.db import migrations, models
from gallery_tests.expected import Expected

SAFE_TWIN = "near_miss_concurrently_postgresql"
EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("passed", warnings={"blocking-lock", "grows-with-rows"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["title"], name="blocking_lock_title")]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddIndex("note", models.Index(fields=["title"], name="blocking_lock_title"))]
