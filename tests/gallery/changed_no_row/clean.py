"""Insert an order and delete it in the reverse: the migration changes a row wherever it runs, so it is rehearsed."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Order(models.Model):
    state = models.CharField(max_length=40)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=40)),
            ],
        )
    ]


# migrations/0002_target.py
def put(apps, schema_editor):
    apps.get_model("changed_no_row_clean", "Order").objects.create(state="first")


def take(apps, schema_editor):
    apps.get_model("changed_no_row_clean", "Order").objects.filter(state="first").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(put, take)]
