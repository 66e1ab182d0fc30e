"""Put the default label in; the way back takes it out again."""

from django.db import migrations


def add(apps, schema_editor):
    apps.get_model("rollback_leaves_data_near_miss", "Label").objects.create(name="general")


def remove(apps, schema_editor):
    apps.get_model("rollback_leaves_data_near_miss", "Label").objects.filter(name="general").delete()


class Migration(migrations.Migration):
    dependencies = [("rollback_leaves_data_near_miss", "0001_initial")]
    operations = [
        migrations.RunPython(add, remove),
    ]
