"""The files in which machines have to agree: what migrations depend on, and nothing that a run writes."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from django_switchback.config.project_files import files_digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a project of one app, with its digest's files."""
    (tmp_path / "blog/fixtures").mkdir(parents=True)
    for name in ("manage.py", "blog/__init__.py", "blog/rows.sql", "blog/fixtures/first.json"):
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize("name", ["manage.py", "blog/rows.sql", "blog/fixtures/first.json", "new.toml"])
def test_what_migrations_may_depend_on_counts(folder: Path, name: str) -> None:
    """Code anywhere; JSON within packages, where fixtures and the data of migrations lie."""
    before = files_digest(folder)
    (folder / name).write_text("1")
    assert files_digest(folder) != before


@pytest.mark.parametrize("name", ["report.json", "reports/shard-1.json", "run.jsonl", ".cache/x.py"])
def test_what_a_run_may_write_does_not(folder: Path, name: str) -> None:
    """The next run on the same cluster, or the next shard in the same folder, is not refused for it."""
    before = files_digest(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("{}")
    assert files_digest(folder) == before


def test_a_file_that_cannot_be_read_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither can the project read it."""
    before = files_digest(folder)

    def read_bytes(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert files_digest(folder) not in {before, "missing"}
