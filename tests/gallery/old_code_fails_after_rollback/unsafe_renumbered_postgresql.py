"""Restart the sequence of the primary key in the reverse: the old release's next insert gets a key that is taken.
SQLite has no sequence to restart.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", reason="does nothing on sqlite"),
    "postgresql": Expected("failed", errors={"old-code-fails-after-rollback"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def restart(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        table = "old_code_fails_after_rollback_unsafe_renumbered_postgresql_note"
        schema_editor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1, false)")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(migrations.RunPython.noop, restart)]
