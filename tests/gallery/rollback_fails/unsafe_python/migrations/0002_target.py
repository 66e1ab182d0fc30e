"""Do nothing on the way forward, and ask for a model that is not there on the way back."""

from django.db import migrations


def forget(apps, schema_editor):
    apps.get_model("rollback_fails_unsafe_python", "Draft").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("rollback_fails_unsafe_python", "0001_initial")]
    operations = [
        migrations.RunPython(migrations.RunPython.noop, forget),
    ]
