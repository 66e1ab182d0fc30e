"""Add a column, and update orders in a state that the environment names, which generated rows do not have. The schema
change is rehearsed, the update is not: it sends its statement and changes no row.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected(
    "skipped",
    warnings={"changed-no-row"},
    reason="RunPython (Raw Python operation) changed neither a row nor the schema: changed-no-row",
)


# models.py
class Order(models.Model):
    state = models.CharField(max_length=40)
    note = models.TextField(default="")


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
    orders = apps.get_model("changed_no_row_unsafe_mixed", "Order").objects
    orders.filter(state=old_state()).update(state="closed-in-2020")


def reopen(apps, schema_editor):
    orders = apps.get_model("changed_no_row_unsafe_mixed", "Order").objects
    orders.filter(state="closed-in-2020").update(state=old_state())


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("order", "note", models.TextField(default="")),
        migrations.RunPython(close, reopen),
    ]
