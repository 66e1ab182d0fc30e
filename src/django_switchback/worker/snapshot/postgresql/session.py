"""What the session must be like for text to be exact and the same each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

_WANTED = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "xmloption": "content",
}

_USUAL_PATH = '"$user", public'
_CURRENT = "SELECT current_setting('search_path'), " + ", ".join(
    f"current_setting('{name}')" for name in _WANTED
)

# A migration that pasted the output of pg_dump leaves the search path empty, and every name would be printed
# otherwise from there on: it is put back to what a new session would have. Asking for that takes a moment.
_RESET_PATH = "SELECT reset_val FROM pg_settings WHERE name = 'search_path'"

_within: list[BaseDatabaseWrapper] = []
"""The connections that are settled."""


@contextmanager
def settled(connection: BaseDatabaseWrapper) -> Iterator[CursorWrapper]:
    """Give a cursor on which values and definitions print the same whatever the session's settings are.

    They are put back afterwards; where a statement fails inside a transaction, rolling that back does it.
    Within another one, that one has seen to it.
    """
    with connection.cursor() as cursor:
        if connection in _within:
            yield cursor
            return
        cursor.execute(_CURRENT)
        before = dict(zip(("search_path", *_WANTED), cursor.fetchone(), strict=True))
        wanted = {"search_path": _path(cursor, before["search_path"]), **_WANTED}
        changed = {name: value for name, value in wanted.items() if before[name] != value}
        _set(cursor, changed)
        _within.append(connection)
        try:
            yield cursor
        except BaseException:
            if connection.get_autocommit():
                _set(cursor, {name: before[name] for name in changed})
            raise
        finally:
            _within.remove(connection)
        _set(cursor, {name: before[name] for name in changed})


def _path(cursor: CursorWrapper, current: str) -> str:
    if current == _USUAL_PATH:
        return current
    cursor.execute(_RESET_PATH)
    return str(cursor.fetchone()[0])


def _set(cursor: CursorWrapper, settings: Mapping[str, str]) -> None:
    if settings:
        calls = ", ".join(["set_config(%s, %s, false)"] * len(settings))
        cursor.execute(f"SELECT {calls}", [part for item in settings.items() for part in item])
