"""Forget a table of a former release on the way back, and catch the error if it is not there."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected(
        "passed", warnings={"changed-no-row"}, reason="RunPython (Raw Python operation) does nothing on sqlite"
    ),
    "postgresql": Expected("failed", errors={"rollback-swallows-error"}),
}
SAFE_TWIN = "near_miss_savepoint"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.CharField(max_length=80, default="")


# migrations/0002_target.py
from django.db import DatabaseError


def forget(apps, schema_editor):
    try:
        schema_editor.execute("DELETE FROM notes_of_a_former_release")
    except DatabaseError:
        pass


class Migration(migrations.Migration):
    operations = [
        migrations.RunPython(migrations.RunPython.noop, forget),
        migrations.AddField("note", "body", models.CharField(max_length=80, default="")),
    ]
