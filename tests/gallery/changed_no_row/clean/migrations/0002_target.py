"""Put an order in; the way back takes it out again."""

from django.db import migrations


def put(apps, schema_editor):
    apps.get_model("changed_no_row_clean", "Order").objects.create(state="first")


def take(apps, schema_editor):
    apps.get_model("changed_no_row_clean", "Order").objects.filter(state="first").delete()


class Migration(migrations.Migration):
    dependencies = [("changed_no_row_clean", "0001_initial")]
    operations = [
        migrations.RunPython(put, take),
    ]
