"""Add a column, and close orders such as no row here is."""

from django.db import migrations, models


def close(apps, schema_editor):
    orders = apps.get_model("changed_no_row_unsafe_mixed", "Order").objects
    orders.filter(state="abandoned-in-2019").update(state="closed-in-2020")


def reopen(apps, schema_editor):
    orders = apps.get_model("changed_no_row_unsafe_mixed", "Order").objects
    orders.filter(state="closed-in-2020").update(state="abandoned-in-2019")


class Migration(migrations.Migration):
    dependencies = [("changed_no_row_unsafe_mixed", "0001_initial")]
    operations = [
        migrations.AddField("order", "note", models.TextField(default="")),
        migrations.RunPython(close, reopen),
    ]
