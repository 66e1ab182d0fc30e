"""Sleep for ten minutes on the way forward, as a loop without an end or a wait for a lock would: the step is stopped
at the time limit.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"timed-out"})
SAFE_TWIN = "near_miss"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
import time


def sleep(apps, schema_editor):
    time.sleep(600)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(sleep, migrations.RunPython.noop)]
