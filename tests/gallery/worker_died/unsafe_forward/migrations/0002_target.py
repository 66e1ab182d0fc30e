"""Leave the process."""

import os

from django.db import migrations


def leave(apps, schema_editor):
    os._exit(1)


class Migration(migrations.Migration):
    dependencies = [("worker_died_unsafe_forward", "0001_initial")]
    operations = [
        migrations.RunPython(leave, migrations.RunPython.noop),
    ]
