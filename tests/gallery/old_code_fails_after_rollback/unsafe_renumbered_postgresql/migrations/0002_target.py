"""Do nothing on the way forward; the way back starts the counter of keys anew."""

from django.db import migrations


def restart(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        table = "old_code_fails_after_rollback_unsafe_renumbered_postgresql_note"
        schema_editor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1, false)")


class Migration(migrations.Migration):
    dependencies = [("old_code_fails_after_rollback_unsafe_renumbered_postgresql", "0001_initial")]
    operations = [
        migrations.RunPython(migrations.RunPython.noop, restart),
    ]
