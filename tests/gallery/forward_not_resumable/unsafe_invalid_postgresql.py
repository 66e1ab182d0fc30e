"""Build an index concurrently if it is not there: one that a lock_timeout left unfinished stays invalid for good."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", reason="does nothing on sqlite"),
    "postgresql": Expected("failed", errors={"forward-not-resumable"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "forward_not_resumable_unsafe_invalid_postgresql_note"
INDEX = "forward_not_resumable_invalid"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON {TABLE} (title)")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    atomic = False
    operations = [migrations.RunPython(add, remove)]
