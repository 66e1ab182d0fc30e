"""Let two notes have one number."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rollback_blocked_by_new_rows_unsafe_unique", "0001_initial")]
    operations = [
        migrations.AlterField("note", "number", models.IntegerField()),
    ]
