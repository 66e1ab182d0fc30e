"""Let subtitles be missing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rollback_blocked_by_new_rows_unsafe_null", "0001_initial")]
    operations = [
        migrations.AlterField("note", "subtitle", models.CharField(max_length=80, null=True)),
    ]
