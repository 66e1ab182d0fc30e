"""Empty a column with a statement that ends the transaction where it fails, as SQLite can."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("failed", errors={"rollback-swallows-error"}, needs_rows=True),
    "postgresql": Expected(
        "passed", warnings={"changed-no-row"}, reason="RunPython (Raw Python operation) does nothing on postgresql"
    ),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.CharField(max_length=80, default="")


# migrations/0002_target.py
from django.db import IntegrityError


def forget(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        return
    try:
        schema_editor.execute("UPDATE OR ROLLBACK rollback_swallows_error_unsafe_or_rollback_note SET title = NULL")
    except IntegrityError:
        pass


class Migration(migrations.Migration):
    operations = [
        migrations.RunPython(migrations.RunPython.noop, forget),
        migrations.AddField("note", "body", models.CharField(max_length=80, default="")),
    ]
