"""Forget a table of a former release on the way back; a savepoint undoes the statement if it fails."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.CharField(max_length=80, default="")


# migrations/0002_target.py
from django.db import DatabaseError, transaction


def forget(apps, schema_editor):
    try:
        with transaction.atomic(schema_editor.connection.alias):
            schema_editor.execute("DELETE FROM notes_of_a_former_release")
    except DatabaseError:
        pass


class Migration(migrations.Migration):
    operations = [
        migrations.RunPython(migrations.RunPython.noop, forget),
        migrations.AddField("note", "body", models.CharField(max_length=80, default="")),
    ]
