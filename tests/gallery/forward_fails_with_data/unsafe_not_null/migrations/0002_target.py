"""Add a column that must be filled, and give it no value."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forward_fails_with_data_unsafe_not_null", "0001_initial")]
    operations = [
        migrations.AddField("note", "rank", models.IntegerField()),
    ]
