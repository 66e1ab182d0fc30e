"""Memory does not grow with rows, whatever is done with moments of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server

from ..support import settings_of

MOST = 12 * 1024
"""KiB. What else the interpreter takes varies by some megabytes; arrays of these rows would take fifty."""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the peak of memory")
@pytest.mark.parametrize("database", ["sqlite", "postgresql-18"])
def test_memory_stays(database: str) -> None:
    """Five times as many rows take no more memory than a few, with keys of any sort and without one."""
    with open_server(database, RunIdentity.new(), in_memory=False) as server:
        factory = server.factory()
        address = factory.create("growing")
        ended = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("growing.py"))],
            input=json.dumps(settings_of(address)),
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )
        factory.drop(address)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert int(ended.stdout) < MOST
