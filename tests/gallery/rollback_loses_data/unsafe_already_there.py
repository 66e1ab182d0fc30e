"""Get or create a row, and delete it by name in the reverse. If somebody has made such a row before, the
migration uses that one, and rolling back deletes it.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"rollback-loses-data"})


# models.py
class Label(models.Model):
    name = models.CharField(max_length=40)
    color = models.CharField(max_length=20, default="grey")


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Label",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("color", models.CharField(max_length=20, default="grey")),
            ],
        )
    ]


# migrations/0002_target.py
def add(apps, schema_editor):
    label = apps.get_model("rollback_loses_data_unsafe_already_there", "Label")
    label.objects.get_or_create(name="general", defaults={"color": "red"})


def remove(apps, schema_editor):
    label = apps.get_model("rollback_loses_data_unsafe_already_there", "Label")
    label.objects.filter(name="general").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
