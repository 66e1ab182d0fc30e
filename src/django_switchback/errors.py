"""Define the exceptions for everything that is not an observation about a migration.

Each class builds its message from data: one sentence that names the input, the expectation and the remedy.
The command line turns them into exit statuses by :func:`exit_status_of`.
"""

from __future__ import annotations

from pathlib import Path

EXIT_STATUSES = {
    "0": "every target passed, or what failed is acknowledged or known to the baseline",
    "1": "a finding at or above --fail-on, or a migration that was skipped",
    "2": "wrong usage or configuration: one sentence says what was expected",
    "3": "the run could not be finished, or reached --time-limit; what is known by then is reported",
    "130, 143": "Ctrl-C, SIGTERM; what is known by then is reported",
}
"""What the exit statuses of a run mean, for ``--help`` and the reference."""


WRONG_USAGE_STATUS = 2
UNFINISHED_STATUS = 3


class SwitchbackError(Exception):
    """Base class: the run could not be finished."""


class UsageError(SwitchbackError):
    """Reports a command line, settings or a project that cannot be used as given."""


def exit_status_of(error: SwitchbackError) -> int:
    """Return the exit status of a command that ends with ``error``."""
    return WRONG_USAGE_STATUS if isinstance(error, UsageError) else UNFINISHED_STATUS


def system_error_text(error: OSError) -> str:
    """Return one sentence about an error of the machine, such as a full disk."""
    path = f" for {error.filename}" if error.filename else ""
    return f"system error{path}: {error.strerror or error}"


class UnreadableEvidence(UsageError):
    """Reports an unreadable evidence log."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        where = f"line {line} of {path}" if line else str(path)
        super().__init__(f"cannot read {where} as evidence: {reason}; expected a file written by --evidence")


class InvalidDatabaseUrl(UsageError):
    """Reports an invalid database URL, without quoting it: any part may belong to a password."""

    def __init__(self, where: str = "") -> None:
        super().__init__(
            f"{f'{where}: ' if where else ''}the database URL cannot be read: expected "
            "postgresql://USER:PASSWORD@HOST:PORT/NAME, with the user and the password percent-encoded: a "
            "blank as %20, and %, @, :, /, ? and # as %25, %40, %3A, %2F, %3F and %23"
        )
