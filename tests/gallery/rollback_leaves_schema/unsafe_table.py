"""Create a table in SQL. The reverse does nothing: `migrate` reports success, and the table stays."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-leaves-schema"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "CREATE TABLE IF NOT EXISTS rollback_leaves_schema_unsafe_table_log (line text)", migrations.RunSQL.noop
        )
    ]
