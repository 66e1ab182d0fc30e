"""Put a prefix before the words in a table that has no model; the reverse removes it again."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
        ),
        migrations.RunSQL(
            "CREATE TABLE rollback_loses_data_near_miss_sql_table_log (id integer PRIMARY KEY, word text NOT NULL)",
            "DROP TABLE rollback_loses_data_near_miss_sql_table_log",
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "UPDATE rollback_loses_data_near_miss_sql_table_log SET word = '- ' || word",
            "UPDATE rollback_loses_data_near_miss_sql_table_log SET word = substr(word, 3)",
        )
    ]
