"""Close orders such as no row here is."""

from django.db import migrations


def close(apps, schema_editor):
    orders = apps.get_model("changed_no_row_unsafe_update", "Order").objects
    orders.filter(state="abandoned-in-2019").update(state="closed-in-2020")


def reopen(apps, schema_editor):
    orders = apps.get_model("changed_no_row_unsafe_update", "Order").objects
    orders.filter(state="closed-in-2020").update(state="abandoned-in-2019")


class Migration(migrations.Migration):
    dependencies = [("changed_no_row_unsafe_update", "0001_initial")]
    operations = [
        migrations.RunPython(close, reopen),
    ]
