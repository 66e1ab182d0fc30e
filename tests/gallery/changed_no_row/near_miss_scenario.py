"""Update orders in a state that the environment names, which generated rows do not have. A scenario creates such an
order, so the update changes a row and is rehearsed.
"""

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
import os


def old_state():
    return os.environ.get("SHOP_OLD_STATE", "abandoned-in-2019")


def close(apps, schema_editor):
    orders = apps.get_model("changed_no_row_near_miss_scenario", "Order").objects
    orders.filter(state=old_state()).update(state="closed-in-2020")


def reopen(apps, schema_editor):
    orders = apps.get_model("changed_no_row_near_miss_scenario", "Order").objects
    orders.filter(state="closed-in-2020").update(state=old_state())


class Migration(migrations.Migration):
    operations = [migrations.RunPython(close, reopen)]


# scenarios.py
from django_switchback.scenarios import before


@before("changed_no_row_near_miss_scenario.0002_target")
def an_abandoned_order(apps):
    orders = apps.get_model("changed_no_row_near_miss_scenario", "Order").objects
    orders.create(state="abandoned-in-2019")
