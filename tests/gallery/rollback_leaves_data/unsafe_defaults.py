"""Insert a default row. The reverse does nothing: after the rollback the old release finds a row that it does not
expect.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-leaves-data"})
SAFE_TWIN = "near_miss"


# models.py
class Label(models.Model):
    name = models.CharField(max_length=40, unique=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Label",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
            ],
        )
    ]


# migrations/0002_target.py
def add(apps, schema_editor):
    apps.get_model("rollback_leaves_data_unsafe_defaults", "Label").objects.get_or_create(name="general")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
