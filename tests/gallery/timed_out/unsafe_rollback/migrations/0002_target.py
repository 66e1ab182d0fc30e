"""Sleep for longer than anybody waits, on the way back."""

import time

from django.db import migrations


def sleep(apps, schema_editor):
    time.sleep(600)


class Migration(migrations.Migration):
    dependencies = [("timed_out_unsafe_rollback", "0001_initial")]
    operations = [
        migrations.RunPython(migrations.RunPython.noop, sleep),
    ]
