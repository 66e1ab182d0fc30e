"""Adoption from the built wheel: a new project, ``init``, ``nox -s migrations``; green, then red."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

BAD = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("blog", "0001_initial")]
    operations = [migrations.RunSQL("SELECT 1")]
"""
MODELS = """
from django.db import models

class Entry(models.Model):
    title = models.CharField(max_length=80)
"""


def run(*words: str | Path, cwd: Path, wheels: Path, status: int = 0) -> str:
    """Run a command of a user who installs from ``wheels`` what is not published."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SWITCHBACK_", "DJANGO_", "DATABASE_", "VIRTUAL_ENV", "PYTEST", "PYTHONPATH"))
    }
    environment |= {
        "PIP_FIND_LINKS": str(wheels),
        "UV_FIND_LINKS": str(wheels),
        "PATH": f"{cwd / '.venv/bin'}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("wheels")
    run(
        sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT, cwd=folder, wheels=folder
    )
    return folder


def new_project(folder: Path, wheels: Path, place: str) -> Path:
    """Make a repository with a virtual environment, and a project of one app in ``place``."""
    run(sys.executable, "-m", "venv", ".venv", cwd=folder, wheels=wheels)
    run("pip", "install", "-q", "django-switchback[server]", "nox", cwd=folder, wheels=wheels)
    site = folder / place
    site.mkdir(exist_ok=True)
    run("django-admin", "startproject", "site_", site, cwd=folder, wheels=wheels)
    python = folder / ".venv/bin/python"
    run(python, "manage.py", "startapp", "blog", cwd=site, wheels=wheels)
    (site / "blog/models.py").write_text(MODELS)
    settings = site / "site_/settings.py"
    settings.write_text(settings.read_text().replace("INSTALLED_APPS = [", 'INSTALLED_APPS = ["blog",'))
    run(python, "manage.py", "makemigrations", "blog", cwd=site, wheels=wheels)
    (folder / "requirements.txt").write_text("django\n")
    return site


def in_shards(folder: Path, wheels: Path) -> None:
    """Do as the workflow does: two shards, merged to a pass; with one of them missing it is none."""
    for number in ("1", "2"):
        run("nox", "-s", "migrations", "--", "--shard", f"{number}/2", cwd=folder, wheels=wheels)
        (folder / ".switchback").rename(folder / f"shard-{number}")
    logs = sorted(path.relative_to(folder) for path in folder.glob("shard-*/*.jsonl"))
    report = folder / ".switchback/migrations.json"
    for given, status, verdict in ((logs, 0, "passed"), (logs[:-1], 1, "error")):
        run("nox", "-s", "report", "--", *given, cwd=folder, wheels=wheels, status=status)
        assert json.loads(report.read_text())["verdict"] == verdict


@pytest.mark.parametrize("place", [".", "backend"])
def test_a_new_project(tmp_path: Path, wheels: Path, place: str) -> None:
    """Green as it is; with a migration that has no reverse, red in every format."""
    site = new_project(tmp_path, wheels, place)
    assert "created      noxfile.py" in run("switchback", "init", cwd=tmp_path, wheels=wheels)
    run("nox", "-s", "migrations", cwd=tmp_path, wheels=wheels)
    results = tmp_path / ".switchback"
    assert json.loads((results / "migrations-sqlite.json").read_text())["verdict"] == "passed"
    in_shards(tmp_path, wheels)
    (site / "blog/migrations/0002_bad.py").write_text(BAD)
    run("nox", "-s", "migrations", cwd=tmp_path, wheels=wheels, status=1)
    for ending in ("json", "xml", "md", "html", "annotations", "codequality.json", "sarif"):
        assert "irreversible" in (results / f"migrations-sqlite.{ending}").read_text(), ending
    annotations = (results / "migrations-sqlite.annotations").read_text()
    assert "file=blog/migrations/0002_bad.py,line=4," in annotations
