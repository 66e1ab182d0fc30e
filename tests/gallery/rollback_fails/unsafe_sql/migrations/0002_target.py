"""Make an index whose reverse names another one."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_fails_unsafe_sql", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX rollback_fails_unsafe_sql_title ON rollback_fails_unsafe_sql_note (title)",
            "DROP INDEX rollback_fails_unsafe_sql_titel",
        ),
    ]
