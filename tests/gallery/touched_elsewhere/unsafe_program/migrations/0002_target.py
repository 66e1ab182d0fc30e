"""Start a program."""

import subprocess
import sys

from django.db import migrations


def forward(apps, schema_editor):
    subprocess.run([sys.executable, "-c", ""], check=True)
    apps.get_model("touched_elsewhere_unsafe_program", "Note").objects.create(title="mine")


def back(apps, schema_editor):
    apps.get_model("touched_elsewhere_unsafe_program", "Note").objects.filter(title="mine").delete()


class Migration(migrations.Migration):
    dependencies = [("touched_elsewhere_unsafe_program", "0001_initial")]
    operations = [migrations.RunPython(forward, back)]
