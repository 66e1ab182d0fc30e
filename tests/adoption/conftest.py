"""A small project, as somebody has it who adopts Switchback."""

from __future__ import annotations

from pathlib import Path

import pytest

MODELS = """
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Entry", [("id", models.IntegerField(primary_key=True, serialize=False))])
    ]
"""
ENTRY = """
from django.db import models

class Entry(models.Model):
    id = models.IntegerField(primary_key=True)
"""
SETTINGS = """
SECRET_KEY = "x" * 60
INSTALLED_APPS = ["blog"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
"""
BAD = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("blog", "0001_initial")]
    operations = [migrations.RunSQL("SELECT 1")]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a repository with a project of one app."""
    migrations = tmp_path / "blog/migrations"
    migrations.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "blog/__init__.py").touch()
    (migrations / "__init__.py").touch()
    (migrations / "0001_initial.py").write_text(MODELS)
    (tmp_path / "blog/models.py").write_text(ENTRY)
    (tmp_path / "settings.py").write_text(SETTINGS)
    (tmp_path / "manage.py").write_text(
        "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n"
        "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n"
    )
    return tmp_path


@pytest.fixture
def bad() -> str:
    """Return the text of a migration without a reverse."""
    return BAD
