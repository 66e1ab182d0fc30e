"""Insert a row whether there is one like it or not, and delete one in the reverse."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
    apps.get_model("rollback_loses_data_near_miss_always_inserts", "Label").objects.create(name="general")


def remove(apps, schema_editor):
    label = apps.get_model("rollback_loses_data_near_miss_always_inserts", "Label")
    label.objects.filter(name="general").latest("id").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
