"""Add a constraint that no two rows are alike: the index that it needs is built under the lock."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", warnings={"forward-fails-with-data"}),
    "postgresql": Expected("passed", warnings={"forward-fails-with-data", "blocking-lock", "grows-with-rows"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["title"], name="grows_with_rows_title")]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AddConstraint("note", models.UniqueConstraint(fields=["title"], name="grows_with_rows_title"))
    ]
