"""Look up a model that the project state does not have: `apps.get_model()` raises a LookupError on every database,
even with empty tables.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def count(apps, schema_editor):
    apps.get_model("forward_fails_unsafe_python", "Draft").objects.count()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
