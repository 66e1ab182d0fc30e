"""A small project, as somebody has it who adopts Switchback."""

from __future__ import annotations

from pathlib import Path

import pytest
from integration import making


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a repository with a project of one app."""
    (tmp_path / ".git").mkdir()
    first = making.migration(making.creates("Entry", making.NUMBER))
    models = making.model("Entry", making.NUMBER)
    return making.project(tmp_path, {"blog": making.App({"0001_initial": first}, models)})


@pytest.fixture
def bad() -> str:
    """Return the text of a migration without a reverse, whose class stands on line 4."""
    return making.migration("migrations.RunSQL('SELECT 1')", after=[("blog", "0001_initial")])
