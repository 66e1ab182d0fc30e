"""Leave the process by `os._exit()` on the way forward, as a crash in an extension module would: a deployment stops in
the middle, without a message.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"worker-died"})
SAFE_TWIN = "clean"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
import os


def leave(apps, schema_editor):
    os._exit(1)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(leave, migrations.RunPython.noop)]
