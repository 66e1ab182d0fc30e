"""Make an index on a column that is not there."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("forward_fails_unsafe_sql", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX forward_fails_unsafe_sql_x ON forward_fails_unsafe_sql_note (missing)",
            "DROP INDEX forward_fails_unsafe_sql_x",
        ),
    ]
