"""Add an index in the state alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("schema_drift_unsafe_index", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex("note", models.Index(fields=["title"], name="gallery_state_title"))
            ]
        ),
    ]
