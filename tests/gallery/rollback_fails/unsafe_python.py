"""Look up a model that the project state does not have, in the reverse alone: the migration can be applied, but not
rolled back, not even on empty tables.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-fails"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def forget(apps, schema_editor):
    apps.get_model("rollback_fails_unsafe_python", "Draft").objects.all().delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(migrations.RunPython.noop, forget)]
