"""Let keys be any text: SQLite takes such a text back into a column of keys."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("old_code_fails_after_rollback_unsafe_uuid_sqlite", "0001_initial")]
    operations = [
        migrations.AlterField("note", "key", models.CharField(max_length=64)),
    ]
