"""Write the words of a table that only SQL knows in capitals; the way back leaves them so."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_loses_data_unsafe_sql_table", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "UPDATE rollback_loses_data_unsafe_sql_table_log SET word = upper(word)", migrations.RunSQL.noop
        ),
    ]
