"""Close orders such as only a scenario of the project writes."""

from django.db import migrations


def close(apps, schema_editor):
    orders = apps.get_model("changed_no_row_near_miss_scenario", "Order").objects
    orders.filter(state="abandoned-in-2019").update(state="closed-in-2020")


def reopen(apps, schema_editor):
    orders = apps.get_model("changed_no_row_near_miss_scenario", "Order").objects
    orders.filter(state="closed-in-2020").update(state="abandoned-in-2019")


class Migration(migrations.Migration):
    dependencies = [("changed_no_row_near_miss_scenario", "0001_initial")]
    operations = [
        migrations.RunPython(close, reopen),
    ]
