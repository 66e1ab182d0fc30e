from django.db import migrations


def shout(apps, schema_editor):
    for order in apps.get_model("shop", "Order").objects.exclude(note=None):
        order.note = order.note.upper()
        order.save()


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython(shout, migrations.RunPython.noop)]
