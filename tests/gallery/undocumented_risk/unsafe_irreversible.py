"""Make a change that cannot be reversed, and say nothing about it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"irreversible"}, warnings={"undocumented-risk"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def tidy(apps, schema_editor):
    apps.get_model("undocumented_risk_unsafe_irreversible", "Note").objects.update(title="Draft")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(tidy)]
