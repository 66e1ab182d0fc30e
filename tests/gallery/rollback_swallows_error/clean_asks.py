"""Ask whether the table is there before it is dropped."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.CharField(max_length=80, default="")


# migrations/0002_target.py


def create(apps, schema_editor):
    schema_editor.execute("CREATE TABLE rollback_swallows_error_drafts (id integer)")


def drop(apps, schema_editor):
    if "rollback_swallows_error_drafts" in schema_editor.connection.introspection.table_names():
        schema_editor.execute("DROP TABLE rollback_swallows_error_drafts")


class Migration(migrations.Migration):
    operations = [
        migrations.RunPython(create, drop),
        migrations.AddField("note", "body", models.CharField(max_length=80, default="")),
    ]
