"""Use the connection of the migration."""

from django.db import migrations


def forward(apps, schema_editor):
    schema_editor.connection.cursor().execute("SELECT 1")
    apps.get_model("touched_elsewhere_clean", "Note").objects.create(title="mine")


def back(apps, schema_editor):
    apps.get_model("touched_elsewhere_clean", "Note").objects.filter(title="mine").delete()


class Migration(migrations.Migration):
    dependencies = [("touched_elsewhere_clean", "0001_initial")]
    operations = [migrations.RunPython(forward, back)]
