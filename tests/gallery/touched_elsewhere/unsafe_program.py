"""Start a program. What it does outside of the sandbox, the rehearsal neither sees nor undoes."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"touched-elsewhere"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
import subprocess
import sys


def forward(apps, schema_editor):
    subprocess.run([sys.executable, "-c", ""], check=True)
    apps.get_model("touched_elsewhere_unsafe_program", "Note").objects.create(title="mine")


def back(apps, schema_editor):
    apps.get_model("touched_elsewhere_unsafe_program", "Note").objects.filter(title="mine").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forward, back)]
