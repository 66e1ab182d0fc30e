"""Make an index in SQL and say so in the state."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("schema_drift_near_miss", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE INDEX gallery_both_title ON schema_drift_near_miss_note (title)",
                    "DROP INDEX gallery_both_title",
                )
            ],
            state_operations=[
                migrations.AddIndex("note", models.Index(fields=["title"], name="gallery_both_title"))
            ],
        ),
    ]
