"""A project that cannot be loaded without its own database, and the line that asks for it."""

from __future__ import annotations

import traceback
from pathlib import Path

from django_switchback.errors import UsageError
from django_switchback.sandbox.interface import ForeignDatabase


class RequiresOwnDatabase(UsageError):
    """The project connects to a database of its own while it is loaded."""

    def __init__(self, place: str, name: str) -> None:
        super().__init__(
            f"{place or 'the project'}: it connects to database {name!r} while it is loaded, which was "
            "refused before it connected: a rehearsal touches no database of yours. Let the project ask when "
            "it first needs the answer, or take the address from DATABASE_URL, which names a sandbox here"
        )


def required_database(error: BaseException, root: Path) -> tuple[str, str] | None:
    """Return the place and the database where a refused connection is what ``error`` comes from."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ForeignDatabase):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return None
    return place_of(cause, root) or "", cause.name


def place_of(error: BaseException, root: Path) -> str | None:
    """Return the last place in the project's own files that ``error`` came through."""
    if isinstance(error, SyntaxError) and error.filename:
        return _place(Path(error.filename), error.lineno, root)
    places = (
        _place(Path(frame.filename), frame.lineno, root)
        for frame in reversed(traceback.extract_tb(error.__traceback__))
    )
    return next((place for place in places if place is not None), None)


def _place(file: Path, line: int | None, root: Path) -> str | None:
    # What Python has built in names files that there are not.
    file = file.resolve()
    if not file.is_file() or not file.is_relative_to(root) or "site-packages" in file.parts:
        return None
    return f"{file.relative_to(root)}, line {line}"
