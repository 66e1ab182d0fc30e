"""Put the default label in; the way back leaves it."""

from django.db import migrations


def add(apps, schema_editor):
    apps.get_model("rollback_leaves_data_unsafe_defaults", "Label").objects.get_or_create(name="general")


class Migration(migrations.Migration):
    dependencies = [("rollback_leaves_data_unsafe_defaults", "0001_initial")]
    operations = [
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
