"""Put a mark before the words of a table that only SQL knows; the way back takes it off."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_loses_data_near_miss_sql_table", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "UPDATE rollback_loses_data_near_miss_sql_table_log SET word = '- ' || word",
            "UPDATE rollback_loses_data_near_miss_sql_table_log SET word = substr(word, 3)",
        ),
    ]
