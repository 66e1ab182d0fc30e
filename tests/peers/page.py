"""The comparison as a table of Markdown: a row a group of rules, a column a tool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from peers.counts import Answers, Subject, count

START, END = "<!-- peers:start -->", "<!-- peers:end -->"


class Column(NamedTuple):
    """A tool with its version, what it said of the subjects, and the seconds that it took."""

    title: str
    version: str
    answers: Answers
    seconds: float


def rewritten(page: str, subjects: Sequence[Subject], columns: Sequence[Column], programs: str) -> str:
    """Return ``page`` with the table between its two markers; all tools ran on ``programs``."""
    before, found, rest = page.partition(START)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise ValueError(f"expected the markers {START} and {END}")
    return f"{before}{START}\n{_table(subjects, columns)}\n\n{programs}.\n{END}{after}"


def _table(subjects: Sequence[Subject], columns: Sequence[Column]) -> str:
    rows = [("", "hazards, sound", *(column.title for column in columns))]
    for group in dict.fromkeys(subject.group for subject in subjects):
        mine = [subject for subject in subjects if subject.group == group]
        hazards = sum(subject.hazard for subject in mine)
        cells = (str(count(mine, column.answers)) for column in columns)
        rows.append((group, f"{hazards}, {len(mine) - hazards}", *cells))
    rows.append(("seconds", "", *(f"{column.seconds:.0f}" for column in columns)))
    rows.append(("version", "", *(column.version for column in columns)))
    head, *lines = (f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows)
    return "\n".join((head, "|---" * len(rows[0]) + "|", *lines))
