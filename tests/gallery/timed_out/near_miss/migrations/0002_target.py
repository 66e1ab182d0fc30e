"""Sleep for a moment."""

import time

from django.db import migrations


def sleep(apps, schema_editor):
    time.sleep(0.1)


class Migration(migrations.Migration):
    dependencies = [("timed_out_near_miss", "0001_initial")]
    operations = [
        migrations.RunPython(sleep, sleep),
    ]
