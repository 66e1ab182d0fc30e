"""The settings with sandboxes in place of databases, as a process of ``manage.py`` loads them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from django_switchback.sandbox.interface import Address
from django_switchback.worker.project.databases import sandbox_environment, write_sandboxes
from django_switchback.worker.replacements.settings import replacement_environment

READS_ITS_OWN = """
from django.conf import settings

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "own.sqlite3"}}
SENTRY_DSN = "dsn"
USED = settings.SENTRY_DSN
"""
PRINT = """
import json
from django.conf import settings
print(json.dumps([settings.USED, settings.DATABASES["default"]["NAME"], hasattr(settings, "LATER")]))
"""


def test_settings_that_read_themselves(tmp_path: Path) -> None:
    """What stands above in the module is there, as it is with Django's own loading; the sandbox wins."""
    (tmp_path / "own.py").write_text(READS_ITS_OWN)
    sandboxes = {"default": Address(engine="sqlite", name="sandbox.sqlite3")}
    write_sandboxes(tmp_path / "sandboxes", sandboxes)
    run = subprocess.run(
        [sys.executable, "-c", PRINT],
        cwd=tmp_path,
        env={
            "PYTHONPATH": ":".join(sys.path),
            **replacement_environment(tmp_path, ()),
            **sandbox_environment("own", tmp_path / "sandboxes", sandboxes),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == ["dsn", "sandbox.sqlite3", False]
