"""Add a column that must be filled, with a value for the rows that are there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forward_fails_with_data_near_miss_not_null", "0001_initial")]
    operations = [
        migrations.AddField("note", "rank", models.IntegerField(default=0), preserve_default=False),
    ]
