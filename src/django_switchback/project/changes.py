"""Find the project's place in its repository, and its files that changed since a git ref."""

from __future__ import annotations

import subprocess
from pathlib import Path

from django_switchback.errors import UsageError


class UnknownGitRef(UsageError):
    """Reports a ref that git cannot compare with."""

    def __init__(self, ref: str, reason: str) -> None:
        super().__init__(
            f"cannot tell what changed since {ref!r}: {reason}; expected a branch, tag or commit"
        )


def changed_since(ref: str, project: Path) -> frozenset[str]:
    """Return the paths, relative to ``project``, that differ from the merge base with ``ref``.

    Uncommitted and untracked files are included. Raises :class:`UnknownGitRef`.
    """
    if ref.startswith("-"):
        raise UnknownGitRef(ref, "it looks like an option")
    base = _git(ref, project, "merge-base", ref, "HEAD").strip()
    changed = _git(ref, project, "diff", "--name-only", "--relative", "-z", base)
    new = _git(ref, project, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset(path for path in (changed + new).split("\0") if path)


def folder_in_repository(project: Path) -> str:
    """Return ``project`` relative to the root of its repository, with slashes; empty without a repository.

    The root is the nearest folder above that holds ``.git``, which is a file in a worktree or submodule.
    """
    for folder in (project, *project.parents):
        if (folder / ".git").exists():
            relative = project.relative_to(folder).as_posix()
            return "" if relative == "." else relative
    return ""


def _git(ref: str, project: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=project, capture_output=True, text=True, check=False)  # noqa: S607  git from PATH, as users run it
    except FileNotFoundError as error:
        raise UnknownGitRef(ref, "git is not installed") from error
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines() or ["no common commit"]
        raise UnknownGitRef(ref, reason[0])
    return done.stdout
