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

_NAMES = ", ".join(f"'{name}'" for name in _WANTED)

# The search path is put back to what a new session would have: a migration that pasted the output of pg_dump
# leaves it empty, and every name would be printed otherwise from there on.
_CURRENT = (  # noqa: S608 (only our own constants)
    "SELECT name, CASE WHEN name = 'search_path' THEN reset_val ELSE '' END, setting FROM pg_settings"
    f" WHERE name IN ('search_path', {_NAMES})"
)


@contextmanager
def settled(connection: BaseDatabaseWrapper) -> Iterator[CursorWrapper]:
    """Give a cursor on which values and definitions print the same whatever the session's settings are.

    They are put back afterwards; where a statement fails inside a transaction, rolling that back does it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CURRENT)
        changed = {}
        for name, usual, setting in cursor.fetchall():
            if setting != _WANTED.get(name, usual):
                changed[name] = (setting, _WANTED.get(name, usual))
        _set(cursor, {name: wanted for name, (_, wanted) in changed.items()})
        try:
            yield cursor
        except BaseException:
            if connection.get_autocommit():
                _set(cursor, {name: setting for name, (setting, _) in changed.items()})
            raise
        _set(cursor, {name: setting for name, (setting, _) in changed.items()})


def _set(cursor: CursorWrapper, settings: Mapping[str, str]) -> None:
    if settings:
        calls = ", ".join(["set_config(%s, %s, false)"] * len(settings))
        cursor.execute(f"SELECT {calls}", [part for item in settings.items() for part in item])
