"""Create two tables by SQL without a transaction; the code skips one that is there, in both directions."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def created(table):
    def create(apps, schema_editor):
        if table not in schema_editor.connection.introspection.table_names():
            schema_editor.execute(f"CREATE TABLE {table} (id integer)")

    def drop(apps, schema_editor):
        if table in schema_editor.connection.introspection.table_names():
            schema_editor.execute(f"DROP TABLE {table}")

    return migrations.RunPython(create, drop)


class Migration(migrations.Migration):
    atomic = False
    operations = [created("forward_not_resumable_drafts"), created("forward_not_resumable_archive")]
