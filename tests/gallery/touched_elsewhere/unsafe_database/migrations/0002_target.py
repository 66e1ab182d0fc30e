"""Read a file that is a database of somebody's."""

import sqlite3
import tempfile
from pathlib import Path

from django.db import migrations


def forward(apps, schema_editor):
    with tempfile.TemporaryDirectory() as folder:
        sqlite3.connect(Path(folder, "rates.sqlite3")).close()
    apps.get_model("touched_elsewhere_unsafe_database", "Note").objects.create(title="mine")


def back(apps, schema_editor):
    apps.get_model("touched_elsewhere_unsafe_database", "Note").objects.filter(title="mine").delete()


class Migration(migrations.Migration):
    dependencies = [("touched_elsewhere_unsafe_database", "0001_initial")]
    operations = [migrations.RunPython(forward, back)]
