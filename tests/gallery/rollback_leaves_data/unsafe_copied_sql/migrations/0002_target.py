"""Write a line for every note, in SQL; the way back leaves the lines."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_leaves_data_unsafe_copied_sql", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "INSERT INTO rollback_leaves_data_unsafe_copied_sql_line (text) "
            "SELECT title FROM rollback_leaves_data_unsafe_copied_sql_note",
            migrations.RunSQL.noop,
        ),
    ]
