"""List the tables that had no rows, or fewer than requested, when a target ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from django_switchback.rules.wording import count
from django_switchback.verdict.interface import MigrationReport


def empty_table_lines(entries: Iterable[MigrationReport]) -> tuple[str, ...]:
    """Return a line for each table and reason, with the number of migrations."""
    lines = Counter(line for entry in entries for line in _lines(entry))
    return tuple(
        f"{what} in {table} for {count(times, 'migration')}: {why}"
        for (what, table, why), times in lines.items()
    )


def _lines(entry: MigrationReport) -> Iterator[tuple[str, str, str]]:
    if entry.coverage is not None:
        yield from (("no rows", *reason) for reason in entry.coverage.empty.items())
        yield from (("fewer rows than requested", *reason) for reason in entry.coverage.fewer.items())
