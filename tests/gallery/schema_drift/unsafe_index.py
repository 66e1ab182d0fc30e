"""Add an index in the state alone (SeparateDatabaseAndState): the models declare it, the database does not have it,
and queries are slow without a hint why.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", errors={"schema-drift"})
SAFE_TWIN = "near_miss"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["title"], name="gallery_state_title")]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AddIndex("note", models.Index(fields=["title"], name="gallery_state_title"))]
        )
    ]
