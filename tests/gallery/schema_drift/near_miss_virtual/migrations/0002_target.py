"""A table of full text search is what SQLite's module makes of it; the model only reads and writes it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("schema_drift_near_miss_virtual", "0001_initial")]
    operations = [
        migrations.AlterModelOptions("found", {}),
    ]
