"""Make an index; its reverse copes with its having been dropped by hand."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_fails_near_miss", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX rollback_fails_near_miss_title ON rollback_fails_near_miss_note (title)",
            "DROP INDEX IF EXISTS rollback_fails_near_miss_title",
        ),
    ]
