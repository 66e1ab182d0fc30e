"""Implement ``switchback init``: detect the project, plan the files, tell what is done, and write."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from django_switchback.adoption.detect import Detected, detect
from django_switchback.adoption.files import TOOLS, adoption_files
from django_switchback.adoption.write import FileChange, apply, kept_as, plan
from django_switchback.config.sources import read_dotenv, read_options, read_pyproject, read_variables
from django_switchback.untrusted_text import safe_line

WORDS = {
    "create": "created",
    "update": "updated",
    "unchanged": "unchanged",
    "conflict": "conflict",
    "replace": "replaced",
}
UNMERGED = "rehearsals.py"
"""A name for the noxfile that nox can read, beside the user's."""
DRY_WORDS = WORDS | {"create": "would create", "update": "would update", "replace": "would replace"}


def init(root: Path, *, dry_run: bool, force: bool = False, manage: str | None = None) -> str:
    """Write the files that adopt Switchback in the repository at ``root``; return what to print.

    With ``dry_run`` nothing is written; with ``force`` files of the user's are renamed and replaced.
    ``manage`` is the value of ``--manage``. Raises :class:`UsageError` without a project, and
    :class:`NotWritten`.
    """
    detected = detect(root, _own_program(root, manage))
    changes = plan(root, adoption_files(detected), force=force)
    if not dry_run:
        apply(changes)
    lines = (*_found(detected), "", *_told(changes, dry_run=dry_run), "", *_next(detected, changes))
    return "".join(f"{safe_line(line)}\n" for line in lines)


def _own_program(root: Path, manage: str | None) -> tuple[str, ...]:
    """Return the words of the program in place of ``manage.py``, from the sources that a rehearsal reads."""
    sources = (
        read_options({} if manage is None else {"manage": manage}, "--{}".format, root),
        read_variables(os.environ, "the environment", root),
        read_dotenv(root),
        read_pyproject(root),
    )
    words: tuple[str, ...] = next((found["manage"].value for found in sources if "manage" in found), ())
    return words


def _found(detected: Detected) -> Iterator[str]:
    where = "here" if detected.project == "." else f"in {detected.project}"
    if detected.program:
        where = f"of {shlex.join(detected.program)}"
    yield f"Django project {where}, installed by {detected.installer}, on {' and '.join(detected.databases)}."
    if detected.installer == "pip":
        yield f"Requirements: {', '.join(detected.requirements) or 'no file found'}."


def _told(changes: tuple[FileChange, ...], *, dry_run: bool) -> Iterator[str]:
    words = DRY_WORDS if dry_run else WORDS
    for change in changes:
        more = ""
        if change.state == "conflict":
            more = f": it is yours and stays; what init would write is in {change.target.name}"
        elif change.state == "replace":
            more = f": yours {'would be' if dry_run else 'is'} in {kept_as(change.target).name}"
        elif change.before:
            more = f": it was written by version {change.before}"
        yield f"{words[change.state]:12} {change.path}{more}"


def _next(detected: Detected, changes: tuple[FileChange, ...]) -> Iterator[str]:
    conflicts = [change.path for change in changes if change.state == "conflict"]
    if conflicts:
        yield f"To merge by hand: {', '.join(conflicts)}. Remove the .new files then."
    nox = "nox"
    if "noxfile.py" in conflicts:
        yield f"nox cannot read noxfile.py.new: until it is merged, mv noxfile.py.new {UNMERGED}"
        nox = f"nox -f {UNMERGED}"
    if detected.program:
        line = f"SWITCHBACK_MANAGE={json.dumps(shlex.join(detected.program))}"
        yield f"To type switchback without --manage, add to .env: {line}"
    yield f"Next: pip install {TOOLS[detected.installer]} invoke && {nox} -s migrations"
