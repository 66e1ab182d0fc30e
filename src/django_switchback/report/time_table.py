"""Tabulate what the time of the workers was spent on, for the end of a verbose report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from django_switchback.evidence import TimeSpent
from django_switchback.report.phrases import format_seconds
from django_switchback.untrusted_text import single_line

MAX_TARGETS = 5
"""Targets that are named, those that took longest."""
_MIN_SHARE = 0.05
"""Share of a phase from which on an activity is named."""


def time_table(times: tuple[TimeSpent, ...]) -> Table | None:
    """Return the time of each phase with its main activities, longest first; ``None`` without records."""
    if not times:
        return None
    total = sum(record.seconds for record in times)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for phase, seconds in _totals((record.phase, record.seconds) for record in times):
        of_phase = _totals((record.activity, record.seconds) for record in times if record.phase == phase)
        main = [
            f"{name} {100 * part / seconds:.0f} %"
            for name, part in of_phase
            if name != "other" and part > seconds * _MIN_SHARE
        ]
        share = f"{100 * seconds / total:.0f} %"
        table.add_row(Text(phase), Text(format_seconds(seconds)), Text(share), Text(", ".join(main)))
    return table


def longest_targets(times: tuple[TimeSpent, ...]) -> str:
    """Return a line that names the targets which took longest; empty without any."""
    spent = [(str(record.migration), record.seconds) for record in times if record.migration is not None]
    longest = _totals(spent)[:MAX_TARGETS]
    named = ", ".join(f"{name} {format_seconds(seconds)}" for name, seconds in longest)
    return single_line(f"Longest targets: {named}") if named else ""


def _totals(pairs: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    totals: defaultdict[str, float] = defaultdict(float)
    for name, seconds in pairs:
        totals[name] += seconds
    return sorted(totals.items(), key=lambda item: -item[1])
