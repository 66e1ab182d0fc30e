"""Add a column."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rollback_leaves_data_clean", "0001_initial")]
    operations = [
        migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80)),
    ]
