"""What git says has changed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from django_switchback.project.changes import changed_since
from django_switchback.project.git import UnknownGitRef


def git(folder: Path, *words: str) -> None:
    """Run git as somebody."""
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project in a folder of a repository, with one commit on ``main`` and a branch checked out."""
    folder = tmp_path / "backend"
    (folder / "blog").mkdir(parents=True)
    (folder / "blog" / "0001_initial.py").write_text("1")
    git(tmp_path, "init", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-m", "one")
    git(tmp_path, "checkout", "-b", "topic")
    return folder


def test_nothing_changed(project: Path) -> None:
    """A branch without a change has no changed path."""
    assert changed_since("main", project) == frozenset()


def test_committed_edited_and_new_files_count(project: Path) -> None:
    """Paths are relative to the project, whatever the state of the file; other folders do not count."""
    (project / "blog" / "0002_committed.py").write_text("2")
    (project.parent / "elsewhere.py").write_text("0")
    git(project.parent, "add", "-A")
    git(project.parent, "commit", "-m", "two")
    (project / "blog" / "0001_initial.py").write_text("edited")
    (project / "blog" / "0003 neu é.py").write_text("3")
    expected = {"blog/0002_committed.py", "blog/0001_initial.py", "blog/0003 neu é.py"}
    assert changed_since("main", project) == expected


def test_what_the_base_did_since_does_not_count(project: Path) -> None:
    """The comparison is with where the branch left the ref."""
    git(project, "checkout", "main")
    (project / "blog" / "0002_of_main.py").write_text("2")
    git(project, "add", "-A")
    git(project, "commit", "-m", "main goes on")
    git(project, "checkout", "topic")
    assert changed_since("main", project) == frozenset()


@pytest.mark.parametrize("ref", ["no-such-branch", "--output=/tmp/x"])
def test_a_ref_that_is_none_is_refused(project: Path, ref: str) -> None:
    """An unknown ref, or an option in its place, is refused by name."""
    with pytest.raises(UnknownGitRef, match=ref):
        changed_since(ref, project)


def test_a_folder_without_git_is_refused(tmp_path: Path) -> None:
    """Outside a repository nobody can say what changed."""
    with pytest.raises(UnknownGitRef, match="main"):
        changed_since("main", tmp_path)
