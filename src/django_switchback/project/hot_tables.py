"""Resolve the tables that ``--hot-tables`` names against the described project."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

from django_switchback.errors import UsageError
from django_switchback.evidence import ProjectDescribed


class UnknownTable(UsageError):
    """Reports a hot table that is neither a model nor a table of the project."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        by_key = {key.lower(): key for key in known}
        close = [by_key[key] for key in difflib.get_close_matches(name.lower(), by_key, n=3)]
        hint = f": did you mean {' or '.join(close)}?" if close else ""
        super().__init__(
            f"unknown table {name!r} in hot-tables, expected a model of the project (blog.Post) or the name "
            f"of one of its tables{hint}"
        )


def hot_tables(project: ProjectDescribed, names: Collection[str]) -> tuple[str, ...]:
    """Return the tables of ``names``, by each name that they have had. Raises :class:`UnknownTable`."""
    return tuple(sorted({table for name in names for table in _tables(name, project.tables)}))


def _tables(name: str, tables: Mapping[str, tuple[str, ...]]) -> set[str]:
    wanted = name.replace('"', "")
    found = {
        table
        for model, own in tables.items()
        if wanted.lower() == model.lower() or wanted in own
        for table in own
    }
    if not found:
        raise UnknownTable(name, {*tables, *(table for own in tables.values() for table in own)})
    return found
