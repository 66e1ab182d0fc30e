"""Open a database file by sqlite3, past Django. The rehearsal cannot put that file back, and in production the
rollback does not cover it.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"touched-elsewhere"})
SAFE_TWIN = "clean"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
import sqlite3
import tempfile
from pathlib import Path


def forward(apps, schema_editor):
    with tempfile.TemporaryDirectory() as folder:
        sqlite3.connect(Path(folder, "rates.sqlite3")).close()
    apps.get_model("touched_elsewhere_unsafe_database", "Note").objects.create(title="mine")


def back(apps, schema_editor):
    apps.get_model("touched_elsewhere_unsafe_database", "Note").objects.filter(title="mine").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forward, back)]
