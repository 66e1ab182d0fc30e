"""Ask for a model that is not there."""

from django.db import migrations


def count(apps, schema_editor):
    apps.get_model("forward_fails_unsafe_python", "Draft").objects.count()


class Migration(migrations.Migration):
    dependencies = [("forward_fails_unsafe_python", "0001_initial")]
    operations = [
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
