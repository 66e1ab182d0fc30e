"""Change titles by RunPython without a reverse function: `migrate` to the migration before it raises
IrreversibleError, and the release cannot be rolled back.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"irreversible"})
SAFE_TWIN = "near_miss"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def tidy(apps, schema_editor):
    apps.get_model("irreversible_unsafe_python", "Note").objects.filter(title="draft").update(title="Draft")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(tidy)]
