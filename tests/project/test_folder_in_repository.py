"""The project's place in its repository, by which reports spell paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.project.changes import folder_in_repository


@pytest.mark.parametrize(("project", "expected"), [("", ""), ("backend", "backend"), ("a/b", "a/b")])
def test_it_is_relative_to_the_root(tmp_path: Path, project: str, expected: str) -> None:
    """The root itself is an empty path."""
    (tmp_path / ".git").mkdir()
    (tmp_path / project).mkdir(parents=True, exist_ok=True)
    assert folder_in_repository(tmp_path / project) == expected


def test_a_worktree_has_a_file_instead(tmp_path: Path) -> None:
    """In worktrees and submodules ``.git`` is a file, and theirs is the nearest root."""
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "inner"
    (inner / "site").mkdir(parents=True)
    (inner / ".git").write_text("gitdir: ../.git/worktrees/inner\n")
    assert folder_in_repository(inner / "site") == "site"
