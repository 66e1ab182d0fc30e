"""Acknowledge that the migration is irreversible, which it is: the error is reported, and does not fail the run."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", reason="the cycle's rollback and the unwind's rollback failed, which is acknowledged")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
"""Tidy titles.

switchback: acknowledge irreversible: the titles as they were typed are gone; a rollback is by backup
"""


def tidy(apps, schema_editor):
    apps.get_model("stale_acknowledgement_near_miss", "Note").objects.update(title="Draft")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(tidy)]
