"""Make an index that the way back forgets."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_leaves_schema_unsafe_index", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS rollback_leaves_schema_unsafe_index_title "
            "ON rollback_leaves_schema_unsafe_index_note (title)",
            migrations.RunSQL.noop,
        ),
    ]
