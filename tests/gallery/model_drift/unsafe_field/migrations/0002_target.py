"""Add one of two columns that the models have."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("model_drift_unsafe_field", "0001_initial")]
    operations = [
        migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80)),
    ]
