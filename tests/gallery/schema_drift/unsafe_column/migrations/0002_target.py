"""Add a column in the state alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("schema_drift_unsafe_column", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80)),
            ]
        ),
    ]
