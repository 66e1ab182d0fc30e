"""Add a column to a table that is always in use, with a limit to the wait for the lock in both directions."""

from django.db import migrations, models
from gallery_tests.expected import Expected

OPERATIONS = "RunPython (Raw Python operation) and RunPython (Raw Python operation)"
EXPECTED = {
    "sqlite": Expected("passed", reason=f"{OPERATIONS} does nothing on sqlite"),
    "postgresql": Expected("passed"),
}
HOT_TABLES = ("blocking_lock_near_miss_hot_lock_timeout.Note",)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.TextField(null=True)


# migrations/0002_target.py
def limit(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL lock_timeout = '2s'")


class Migration(migrations.Migration):
    operations = [
        migrations.RunPython(limit, migrations.RunPython.noop),
        migrations.AddField("note", "body", models.TextField(null=True)),
        migrations.RunPython(migrations.RunPython.noop, limit),
    ]
