"""Detects projects that cannot be loaded without their own database, and the responsible line."""

from __future__ import annotations

import traceback
from pathlib import Path

from django_switchback.errors import UsageError
from django_switchback.sandbox.interface import NotASandbox


class RequiresOwnDatabase(UsageError):
    """The project connects to its own database while it is loaded."""

    def __init__(self, location: str, name: str) -> None:
        super().__init__(
            f"{location or 'the project'}: connection to database {name!r} refused while it is loaded: a "
            "rehearsal uses only its own databases. Let the project query the database when it first needs "
            "the result, or read the address from DATABASE_URL, which names a sandbox here"
        )


def required_database(error: BaseException, root: Path) -> tuple[str, str] | None:
    """Return place and database if a refused connection caused ``error``, else ``None``."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, NotASandbox):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return None
    return location_of(cause, root) or "", cause.name


def location_of(error: BaseException, root: Path) -> str | None:
    """Return the innermost location in the project's own files in the traceback of ``error``."""
    if isinstance(error, SyntaxError) and error.filename:
        return _location(Path(error.filename), error.lineno, root)
    locations = (
        _location(Path(frame.filename), frame.lineno, root)
        for frame in reversed(traceback.extract_tb(error.__traceback__))
    )
    return next((place for place in locations if place is not None), None)


def _location(file: Path, line: int | None, root: Path) -> str | None:
    # Built-in modules name files that do not exist.
    file = file.resolve()
    if not file.is_file() or not file.is_relative_to(root) or "site-packages" in file.parts:
        return None
    return f"{file.relative_to(root)}, line {line}"
