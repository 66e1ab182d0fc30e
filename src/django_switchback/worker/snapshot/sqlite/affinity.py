"""Tells which declared types SQLite stores alike, and Django reads alike."""

from __future__ import annotations

_AFFINITIES = (
    (("int",), "integer"),
    (("char", "clob", "text"), "text"),
    (("blob",), "blob"),
    (("real", "floa", "doub"), "real"),
)
"""The first whose letters a type contains decides: https://www.sqlite.org/datatype3.html#affname"""
_CONVERTED = frozenset({"bool", "date", "datetime", "time", "timestamp"})
"""Types that Django registers a converter for: a value is read by the name of its column's type."""
_ROWID = "the rowid"


def storage(kind: str, *, is_key: bool) -> str:
    """Return what values of a column of the type ``kind`` become; ``is_key``: it is the table's only key.

    A key declared as INTEGER is an alias of the rowid: it is numbered by SQLite and holds nothing else.
    """
    name = kind.lower()
    if is_key and name == "integer":
        return _ROWID
    converted = name.partition("(")[0].strip()
    if converted in _CONVERTED:
        return converted
    if not name:
        return "blob"
    return next(
        (affinity for letters, affinity in _AFFINITIES if any(part in name for part in letters)), "numeric"
    )
