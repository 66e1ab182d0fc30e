"""Run git in the folder of a project, and say what helps if it cannot answer."""

from __future__ import annotations

import subprocess
from pathlib import Path

from django_switchback.errors import UsageError


class UnknownGitRef(UsageError):
    """Reports a ref that git cannot compare with, and the command that fetches it, if one may."""

    def __init__(self, ref: str, reason: str, command: str = "") -> None:
        remedy = f"; to fetch it, run {command}" if command else ""
        super().__init__(
            f"cannot tell what changed since {ref!r}: {reason}; expected a branch, tag or commit{remedy}"
        )


def merge_base(ref: str, project: Path) -> str:
    """Return the commit where the branch left ``ref``. Raises :class:`UnknownGitRef`."""
    if ref.startswith("-"):
        raise UnknownGitRef(ref, "it looks like an option")
    return git(ref, project, "merge-base", ref, "HEAD").decode().strip()


def git(ref: str, project: Path, *words: str) -> bytes:
    """Return what git prints. Raises :class:`UnknownGitRef` with the first line of its error."""
    try:
        done = _run(project, *words)
    except FileNotFoundError as error:
        raise UnknownGitRef(ref, "git is not installed") from error
    if done.returncode != 0:
        errors = done.stderr.decode(errors="replace").strip().splitlines()
        shallow = _run(project, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
        reason = errors[0] if errors else "no common commit"
        reason += ", and this clone is shallow: it lacks the older commits" if shallow else ""
        raise UnknownGitRef(ref, reason, _fetch(ref, project, shallow=shallow))
    return done.stdout


def _fetch(ref: str, project: Path, *, shallow: bool) -> str:
    """Return the command that fetches ``ref`` with its history; empty if none is known to help."""
    remote, _, branch = ref.partition("/")
    remotes = _run(project, "remote").stdout.decode(errors="replace").split()
    words = ["git", "fetch", *(["--unshallow"] if shallow else [])]
    if branch and remote in remotes:
        # A clone of one branch fetches no other by itself.
        return " ".join((*words, remote, f"+refs/heads/{branch}:refs/remotes/{remote}/{branch}"))
    return " ".join(words) if shallow else ""


def _run(project: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *words], cwd=project, capture_output=True, check=False)  # noqa: S607  git from PATH, as users run it
