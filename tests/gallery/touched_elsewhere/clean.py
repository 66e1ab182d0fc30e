"""Use the connection that the migration is given: everything happens in the sandbox."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def forward(apps, schema_editor):
    schema_editor.connection.cursor().execute("SELECT 1")
    apps.get_model("touched_elsewhere_clean", "Note").objects.create(title="mine")


def back(apps, schema_editor):
    apps.get_model("touched_elsewhere_clean", "Note").objects.filter(title="mine").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forward, back)]
