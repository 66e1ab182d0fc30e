"""Let a column be null: the old release goes on giving it a value.

The rollback reads all rows for a null under its lock, where no null refuses it.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

ERRORS = {"rollback-blocked-by-new-rows"}
EXPECTED = {
    "sqlite": Expected("failed", errors=ERRORS),
    "postgresql": Expected("failed", errors=ERRORS, warnings={"blocking-lock", "grows-with-rows"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80, null=True)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "title", models.CharField(max_length=80, null=True))]
