"""Start a program."""

import subprocess
import sys

from django.db import migrations


def forward(apps, schema_editor):
    subprocess.run([sys.executable, "-c", ""], check=True)


class Migration(migrations.Migration):
    dependencies = [("touched_elsewhere_unsafe_program", "0001_initial")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
