"""Find the project's place in its repository, and its files that changed since a git ref."""

from __future__ import annotations

from pathlib import Path

from django_switchback.project.git import git, merge_base


def changed_since(ref: str, project: Path) -> frozenset[str]:
    """Return the paths, relative to ``project``, that differ from the merge base with ``ref``.

    Uncommitted and untracked files are included. Raises :class:`UnknownGitRef`.
    """
    base = merge_base(ref, project)
    changed = git(ref, project, "diff", "--name-only", "--relative", "-z", base)
    new = git(ref, project, "ls-files", "--others", "--exclude-standard", "-z")
    paths = (changed + new).decode("utf-8", "surrogateescape").split("\0")
    return frozenset(path for path in paths if path)


def folder_in_repository(project: Path) -> str:
    """Return ``project`` relative to the root of its repository, with slashes; empty without a repository.

    The root is the nearest folder above that holds ``.git``, which is a file in a worktree or submodule.
    """
    for folder in (project, *project.parents):
        if (folder / ".git").exists():
            relative = project.relative_to(folder).as_posix()
            return "" if relative == "." else relative
    return ""
