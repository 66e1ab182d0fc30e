"""Add a column that may be null."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rollback_fails_with_data_clean", "0001_initial")]
    operations = [
        migrations.AddField("note", "rank", models.IntegerField(null=True)),
    ]
