"""Add a column to a table whose name holds a schema: on PostgreSQL it is outside the search path, and it is compared
with its model like any other table.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
from django.db import connection


class Entry(models.Model):
    text = models.CharField(max_length=60)
    more = models.TextField(null=True)

    class Meta:
        db_table = 'drift_audit"."entry' if connection.vendor == "postgresql" else "drift_audit_entry"


# migrations/0001_initial.py
from django.db import connection

POSTGRESQL = connection.vendor == "postgresql"


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL("CREATE SCHEMA drift_audit", "DROP SCHEMA drift_audit")
        if POSTGRESQL
        else migrations.RunSQL("SELECT 1", "SELECT 1"),
        migrations.CreateModel(
            "Entry",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=60)),
            ],
            options={"db_table": 'drift_audit"."entry' if POSTGRESQL else "drift_audit_entry"},
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("entry", "more", models.TextField(null=True))]
