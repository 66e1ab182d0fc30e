"""Use the connection of the migration."""

from django.db import migrations


def forward(apps, schema_editor):
    schema_editor.connection.cursor().execute("SELECT 1")


class Migration(migrations.Migration):
    dependencies = [("touched_elsewhere_clean", "0001_initial")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
