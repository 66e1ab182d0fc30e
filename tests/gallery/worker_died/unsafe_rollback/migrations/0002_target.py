"""Crash the process on the way back."""

import os
import signal

from django.db import migrations


def crash(apps, schema_editor):
    os.kill(os.getpid(), signal.SIGSEGV)


class Migration(migrations.Migration):
    dependencies = [("worker_died_unsafe_rollback", "0001_initial")]
    operations = [
        migrations.RunPython(migrations.RunPython.noop, crash),
    ]
