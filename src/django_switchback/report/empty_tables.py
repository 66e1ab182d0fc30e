"""Which tables had no rows when a target ran, or fewer than were asked for, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from django_switchback.rules.wording import count
from django_switchback.verdict import MigrationReport


def empty_table_lines(entries: Iterable[MigrationReport]) -> tuple[str, ...]:
    """Return a line for each such table and reason, with how many migrations it was so for."""
    lines = Counter(line for entry in entries for line in _lines(entry))
    return tuple(
        f"{what} in {table} for {count(times, 'migration')}: {why}"
        for (what, table, why), times in lines.items()
    )


def _lines(entry: MigrationReport) -> Iterator[tuple[str, str, str]]:
    if entry.coverage is not None:
        yield from (("no rows", *told) for told in entry.coverage.empty.items())
        yield from (("fewer rows than asked for", *told) for told in entry.coverage.fewer.items())
