"""Get or create a row, and delete it in the reverse only if it has the mark that the migration gave it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Label(models.Model):
    name = models.CharField(max_length=40, unique=True)
    color = models.CharField(max_length=20, default="grey")


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Label",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
                ("color", models.CharField(max_length=20, default="grey")),
            ],
        )
    ]


# migrations/0002_target.py
def add(apps, schema_editor):
    label = apps.get_model("rollback_loses_data_near_miss_already_there", "Label")
    label.objects.get_or_create(name="general", defaults={"color": "made by 0002"})


def remove(apps, schema_editor):
    label = apps.get_model("rollback_loses_data_near_miss_already_there", "Label")
    label.objects.filter(name="general", color="made by 0002").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
