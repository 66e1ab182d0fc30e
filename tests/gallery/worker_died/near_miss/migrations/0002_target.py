"""Let a child process leave, and print."""

import subprocess
import sys

from django.db import migrations


def risk(apps, schema_editor):
    subprocess.run([sys.executable, "-c", "import os; os._exit(1)"], check=False)
    sys.stdout.write("nobody reads this")


class Migration(migrations.Migration):
    dependencies = [("worker_died_near_miss", "0001_initial")]
    operations = [
        migrations.RunPython(risk, risk),
    ]
