"""Create an index in SQL, and declare it in the state (SeparateDatabaseAndState): database and models agree."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["title"], name="gallery_both_title")]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE INDEX gallery_both_title ON schema_drift_near_miss_note (title)",
                    "DROP INDEX gallery_both_title",
                )
            ],
            state_operations=[migrations.AddIndex("note", models.Index(fields=["title"], name="gallery_both_title"))],
        )
    ]
