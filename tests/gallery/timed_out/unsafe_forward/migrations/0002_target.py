"""Sleep for longer than anybody waits."""

import time

from django.db import migrations


def sleep(apps, schema_editor):
    time.sleep(600)


class Migration(migrations.Migration):
    dependencies = [("timed_out_unsafe_forward", "0001_initial")]
    operations = [
        migrations.RunPython(sleep, migrations.RunPython.noop),
    ]
