"""Put a prefix before the words in a table of another schema that has no model and refers to one that has; the
reverse removes it again.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
from django.db import connection

NOTE = "rollback_loses_data_near_miss_schema_note"
POSTGRESQL = connection.vendor == "postgresql"
LOG = "kept_audit.log" if POSTGRESQL else "kept_audit_log"


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
        ),
        migrations.RunSQL("CREATE SCHEMA kept_audit" if POSTGRESQL else "SELECT 1", migrations.RunSQL.noop),
        migrations.RunSQL(
            f"CREATE TABLE {LOG} (id int PRIMARY KEY, note_id bigint NOT NULL REFERENCES {NOTE}, word text NOT NULL)",
            f"DROP TABLE {LOG}",
        ),
    ]


# migrations/0002_target.py
from django.db import connection

LOG = "kept_audit.log" if connection.vendor == "postgresql" else "kept_audit_log"


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(f"UPDATE {LOG} SET word = '- ' || word", f"UPDATE {LOG} SET word = substr(word, 3)")
    ]
