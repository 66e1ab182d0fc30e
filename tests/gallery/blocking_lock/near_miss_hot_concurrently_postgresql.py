"""Build an index concurrently and drop it concurrently, on a table that is always in use."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed", reason="does nothing on sqlite"), "postgresql": Expected("passed")}
HOT_TABLES = ("blocking_lock_near_miss_hot_concurrently_postgresql.Note",)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "blocking_lock_near_miss_hot_concurrently_postgresql_note"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE INDEX CONCURRENTLY blocking_lock_concurrent_title ON {TABLE} (title)")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY blocking_lock_concurrent_title")


class Migration(migrations.Migration):
    atomic = False

    operations = [migrations.RunPython(add, remove)]
