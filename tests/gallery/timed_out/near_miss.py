"""Sleep for a tenth of a second, in both directions: that is below the time limit."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", warnings={"changed-no-row"}, reason="does nothing on sqlite"),
    "postgresql": Expected("passed", warnings={"changed-no-row"}, reason="does nothing on postgresql"),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
import time


def sleep(apps, schema_editor):
    time.sleep(0.1)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(sleep, sleep)]
