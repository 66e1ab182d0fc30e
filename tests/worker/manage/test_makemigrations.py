"""The project's own ``makemigrations``, asked whether an app has changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.worker.manage import makemigrations
from django_switchback.worker.replacements.settings import KEPT_VARIABLE


@pytest.mark.parametrize(
    ("act", "found"), [("sys.exit(0)", False), ("sys.exit(1)", True), ("time.sleep(60)", None)]
)
def test_a_check_that_does_not_end_is_a_result(
    act: str, found: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that runs past its time says neither yes nor no, and raises nothing."""
    (tmp_path / "plain_manage.py").write_text(f"import sys, time\n{act}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv(KEPT_VARIABLE, "")
    monkeypatch.setattr(makemigrations, "PLAIN_MANAGE_MODULE", "plain_manage")
    monkeypatch.setattr(makemigrations, "START_SECONDS", 0 if found is None else 60)
    check = makemigrations.check_for_changes("things", timeout=0.5)
    assert check.found_changes is found
