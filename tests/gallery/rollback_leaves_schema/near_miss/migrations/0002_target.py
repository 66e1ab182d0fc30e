"""Make an index under the name that its reverse drops."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_leaves_schema_near_miss", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX rollback_leaves_schema_near_miss_title "
            "ON rollback_leaves_schema_near_miss_note (title)",
            "DROP INDEX rollback_leaves_schema_near_miss_title",
        ),
    ]
