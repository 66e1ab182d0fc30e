"""Build the index concurrently, under a lock that lets others read and write."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed", reason="does nothing on sqlite"), "postgresql": Expected("passed")}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
TABLE = "blocking_lock_near_miss_concurrently_postgresql_note"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE INDEX CONCURRENTLY blocking_lock_title_concurrently ON {TABLE} (title)")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY blocking_lock_title_concurrently")


class Migration(migrations.Migration):
    atomic = False

    operations = [migrations.RunPython(add, remove)]
