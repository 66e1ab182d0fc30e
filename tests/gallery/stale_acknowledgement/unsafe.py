"""Acknowledge that the migration is irreversible, which it no longer is. The line would hide the same error if it came
back.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"stale-acknowledgement"})
SAFE_TWIN = "near_miss"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    subtitle = models.CharField(default="", max_length=80)


# migrations/0002_target.py
"""Add subtitles.

switchback: acknowledge irreversible: the titles as they were typed are gone; a rollback is by backup
"""


class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80))]
