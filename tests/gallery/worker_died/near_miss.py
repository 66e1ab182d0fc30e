"""Let a child process exit with a failure and print to standard output: the process of the migration survives."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", warnings={"changed-no-row", "touched-elsewhere"}, reason="does nothing on sqlite"),
    "postgresql": Expected(
        "passed", warnings={"changed-no-row", "touched-elsewhere"}, reason="does nothing on postgresql"
    ),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
import subprocess
import sys


def risk(apps, schema_editor):
    subprocess.run([sys.executable, "-c", "import os; os._exit(1)"], check=False)
    sys.stdout.write("nobody reads this")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(risk, risk)]
