"""Crash the process on the way back by a segmentation fault: a rollback stops in the middle, without a message."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"worker-died"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
import os
import signal


def crash(apps, schema_editor):
    os.kill(os.getpid(), signal.SIGSEGV)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(migrations.RunPython.noop, crash)]
