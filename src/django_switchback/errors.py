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


class InvalidDatabaseUrl(UsageError):
    """A database URL that is none. The message holds nothing of it: any part may be a piece of a password."""

    def __init__(self, where: str = "") -> None:
        super().__init__(
            f"{f'{where}: ' if where else ''}the database URL cannot be read: expected "
            "postgresql://USER:PASSWORD@HOST:PORT/NAME, with the user and the password percent-encoded: a "
            "blank as %20, and %, @, :, /, ? and # as %25, %40, %3A, %2F, %3F and %23"
        )
