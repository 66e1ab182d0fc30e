"""The error family: what can go wrong that is not an observation about a migration.

Every class builds its own message from data, in one sentence that names the input, what was expected and
what to do. The edge turns :class:`UsageError` into exit status 2 and every other
:class:`SwitchbackError` into 3.
"""

from __future__ import annotations

from pathlib import Path


class SwitchbackError(Exception):
    """The root of the family: the run itself could not be finished."""


class UsageError(SwitchbackError):
    """The command line, the settings or the project cannot be used as given."""


class UnreadableEvidence(UsageError):
    """An evidence log cannot be read."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        where = f"line {line} of {path}" if line else str(path)
        super().__init__(f"cannot read {where} as evidence: {reason}; expected a file written by --evidence")
