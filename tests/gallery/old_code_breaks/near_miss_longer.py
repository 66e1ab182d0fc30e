"""Make a column longer: the old release stores what still fits.

The rollback rewrites the table, where no longer text refuses it.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected(
        "failed",
        errors={"rollback-blocked-by-new-rows"},
        warnings={"blocking-lock", "grows-with-rows", "table-rewrite"},
    ),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=200)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "title", models.CharField(max_length=200))]
