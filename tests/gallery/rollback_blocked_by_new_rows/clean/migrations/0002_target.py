"""Add a column that may be null."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rollback_blocked_by_new_rows_clean", "0001_initial")]
    operations = [
        migrations.AddField("note", "rank", models.IntegerField(null=True)),
    ]
