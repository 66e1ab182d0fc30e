"""Make a table that the way back forgets."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_leaves_schema_unsafe_table", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE TABLE IF NOT EXISTS rollback_leaves_schema_unsafe_table_log (line text)",
            migrations.RunSQL.noop,
        ),
    ]
