"""Migrations that the base ref already has: edited, deleted, renamed, or only written differently."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from django_switchback.evidence import MigrationFact, MigrationName
from django_switchback.project.changes import changed_since
from django_switchback.project.edited_migrations import migrations_changed_since
from django_switchback.project.git import UnknownGitRef
from django_switchback.project.migration_content import content_digest

INITIAL = """from django.db import migrations


class Migration(migrations.Migration):
    operations = [migrations.RunSQL("SELECT 1", "SELECT 1")]
"""
SECOND = INITIAL.replace("    operations", "    dependencies = [('blog', '0001_initial')]\n    operations")
THIRD = SECOND.replace("0001_initial", "0002_second")
SQUASHED = INITIAL.replace(
    "    operations", "    replaces = [('blog', '0001_initial'), ('blog', '0002_second')]\n    operations"
)
AFTER_SQUASHED = THIRD.replace("0002_second", "0001_squashed")
FOLDER = "blog/migrations"


def run(folder: Path, *words: str) -> None:
    """Run git as somebody."""
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project in a folder of a repository: two migrations on ``main``, and a branch."""
    folder = tmp_path / "repository" / "backend"
    (folder / FOLDER).mkdir(parents=True)
    (folder / FOLDER / "__init__.py").touch()
    (folder / FOLDER / "0001_initial.py").write_text(INITIAL)
    (folder / FOLDER / "0002_second.py").write_text(SECOND)
    (folder / "blog" / "models.py").write_text("")
    run(folder.parent, "init", "-b", "main")
    commit(folder, "one")
    run(folder, "checkout", "-b", "topic")
    return folder


def commit(project: Path, subject: str) -> None:
    """Commit everything."""
    run(project.parent, "add", "-A")
    run(project.parent, "commit", "-m", subject)


def fact(path: Path, project: Path) -> MigrationFact:
    """Make what the loader knows of a migration of the project."""
    relative = str(path.relative_to(project))
    names = ("0001_initial", "0002_second") if "replaces" in path.read_text() else ()
    replaces = tuple(MigrationName("blog", name) for name in names)
    return MigrationFact(MigrationName("blog", path.stem), relative, first_party=True, replaces=replaces)


def changes(project: Path) -> list[str]:
    """Return the changes since ``main``, each as words."""
    facts = [fact(path, project) for path in (project / FOLDER).glob("0*.py")]
    return [
        " ".join((found.change, found.migration.name, *([found.renamed_to.name] if found.renamed_to else [])))
        for found in migrations_changed_since("main", project, facts)
    ]


def edit(project: Path) -> None:
    (project / FOLDER / "0002_second.py").write_text(SECOND.replace('"SELECT 1", ', '"SELECT 2", '))


def edit_dependency(project: Path) -> None:
    (project / FOLDER / "0002_second.py").write_text(SECOND.replace("'blog', '0001", "'shop', '0001"))


def edit_and_commit(project: Path) -> None:
    edit(project)
    commit(project, "edited")


def delete(project: Path) -> None:
    (project / FOLDER / "0002_second.py").unlink()


def rename(project: Path) -> None:
    run(project, "mv", f"{FOLDER}/0002_second.py", f"{FOLDER}/0002_other.py")


def rename_untracked(project: Path) -> None:
    (project / FOLDER / "0002_second.py").rename(project / FOLDER / "0002_other.py")


def rename_and_commit(project: Path) -> None:
    rename_untracked(project)
    commit(project, "renamed")


def squash_at_once(project: Path) -> None:
    for name in ("0001_initial", "0002_second"):
        (project / FOLDER / f"{name}.py").unlink()
    (project / FOLDER / "0001_squashed.py").write_text(SQUASHED)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (edit, ["edited 0002_second"]),
        (edit_dependency, ["edited 0002_second"]),
        (edit_and_commit, ["edited 0002_second"]),
        (delete, ["deleted 0002_second"]),
        (rename, ["renamed 0002_second 0002_other"]),
        (rename_untracked, ["renamed 0002_second 0002_other"]),
        (rename_and_commit, ["renamed 0002_second 0002_other"]),
        (squash_at_once, ["deleted 0001_initial", "deleted 0002_second"]),
    ],
)
def test_a_changed_migration_is_found(
    project: Path, change: Callable[[Path], None], expected: list[str]
) -> None:
    """Committed, staged or neither; replaced ones must not go before the ref has what replaces them."""
    change(project)
    assert changes(project) == expected


def nothing(project: Path) -> None:
    """Change nothing."""


def reformat(project: Path) -> None:
    (project / FOLDER / "0002_second.py").write_text(
        '"""A docstring."""\n# A comment\n' + SECOND.replace("'", '"').replace("\n\n\n", "\n\n")
    )


def add(project: Path) -> None:
    (project / FOLDER / "0003_third.py").write_text(THIRD)


def add_and_edit(project: Path) -> None:
    add(project)
    commit(project, "third")
    (project / FOLDER / "0003_third.py").write_text(THIRD.replace('"SELECT 1", ', '"SELECT 2", '))


def edit_what_is_no_migration(project: Path) -> None:
    (project / FOLDER / "__init__.py").write_text("X = 1\n")
    (project / "blog" / "models.py").write_text("X = 1\n")


def squash_beside(project: Path) -> None:
    (project / FOLDER / "0001_squashed.py").write_text(SQUASHED)


def drop_what_was_squashed(project: Path) -> None:
    """Do what Django's documentation says once every database has the squashed migration."""
    run(project, "checkout", "main")
    (project / FOLDER / "0001_squashed.py").write_text(SQUASHED)
    (project / FOLDER / "0003_third.py").write_text(THIRD)
    commit(project, "squashed")
    run(project, "checkout", "-b", "cleaned")
    delete(project)
    (project / FOLDER / "0001_initial.py").unlink()
    (project / FOLDER / "0001_squashed.py").write_text(INITIAL)
    (project / FOLDER / "0003_third.py").write_text(AFTER_SQUASHED)


def main_goes_on(project: Path) -> None:
    """Edit on ``main``, which is not this branch's doing."""
    run(project, "checkout", "main")
    edit_and_commit(project)
    run(project, "checkout", "topic")


@pytest.mark.parametrize(
    "change",
    [
        nothing,
        reformat,
        add,
        add_and_edit,
        edit_what_is_no_migration,
        squash_beside,
        drop_what_was_squashed,
        main_goes_on,
    ],
)
def test_what_only_looks_like_a_change_is_none(project: Path, change: Callable[[Path], None]) -> None:
    """Formatting, new migrations, other files, and what follows a squashed migration."""
    change(project)
    assert changes(project) == []


def test_a_record_says_where_the_old_file_is(project: Path) -> None:
    """Its path is relative to the project, and the base is a commit."""
    edit(project)
    facts = [fact(project / FOLDER / "0001_initial.py", project)]
    (found,) = migrations_changed_since("main", project, facts)
    assert (found.path, found.since) == (f"{FOLDER}/0002_second.py", "main")
    shown = subprocess.run(
        ["git", "show", f"{found.base}:./{found.path}"], cwd=project, capture_output=True, check=True
    )
    assert shown.stdout.decode() == SECOND


def test_a_shallow_clone_is_told_what_to_fetch(project: Path, tmp_path: Path) -> None:
    """The command that the message names makes the comparison possible."""
    edit_and_commit(project)
    clone = tmp_path / "clone"
    source = f"file://{project.parent}"
    run(tmp_path, "clone", "--depth", "1", "--branch", "topic", source, str(clone))
    with pytest.raises(UnknownGitRef) as refusal:
        changed_since("origin/main", clone / "backend")
    message = str(refusal.value)
    command = "git fetch --unshallow origin +refs/heads/main:refs/remotes/origin/main"
    assert "this clone is shallow" in message
    assert message.endswith(f"to fetch it, run {command}")
    run(clone, *command.split()[1:])
    assert changed_since("origin/main", clone / "backend") == {f"{FOLDER}/0002_second.py"}


def test_a_clone_without_the_branch_is_told_what_to_fetch(project: Path, tmp_path: Path) -> None:
    """As above, where the history is there and only the ref is not."""
    clone = tmp_path / "clone"
    run(tmp_path, "clone", "--single-branch", "--branch", "topic", f"file://{project.parent}", str(clone))
    with pytest.raises(UnknownGitRef, match=r"run git fetch origin \+refs/heads/main:"):
        changed_since("origin/main", clone / "backend")
    with pytest.raises(UnknownGitRef, match=r"expected a branch, tag or commit$"):
        changed_since("v1", clone / "backend")


def test_attributes_of_the_class_can_be_left_out() -> None:
    """Only those that are named."""
    without = INITIAL.encode(), frozenset({"replaces"})
    assert content_digest(SQUASHED.encode(), frozenset({"replaces"})) == content_digest(*without)
    assert content_digest(SQUASHED.encode()) != content_digest(INITIAL.encode())
