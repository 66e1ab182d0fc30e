"""Write rows in a migration that changes no table."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
def add(apps, schema_editor):
    apps.get_model("mixed_schema_and_data_clean_rows", "Note").objects.create(title="0002: welcome")


def remove(apps, schema_editor):
    apps.get_model("mixed_schema_and_data_clean_rows", "Note").objects.filter(title="0002: welcome").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
