"""The report as Markdown: for a step's summary and for a pull request, as GitHub and GitLab read it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django_switchback.report import grouped
from django_switchback.report.empty_tables import lacking
from django_switchback.report.exhibits import Exhibit, elsewhere, exhibits, smallest_test
from django_switchback.report.grouped import Shared, Subject, Unrehearsed
from django_switchback.report.text import found, seconds, tally, visible
from django_switchback.verdict import Report

LONGEST = 60_000
"""Characters; a comment on GitHub holds 65,536. What is beyond is counted and left to the JSON report."""

MOST_LACKING = 50
"""Lines on tables that lack rows."""

MARKS = re.compile(r"([\\`*_\[\]#|~$])")
LEADING = re.compile(r"^(\d*)([-+=.):])")
"""What would begin a list, a heading or a workflow command."""
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@&#8203;"}
"""HTML, and the sign that would send somebody a mention."""


def render(report: Report) -> str:
    """Return the report as Markdown: the counts, what was found, then a table of every migration."""
    head = [f"## Switchback: {report.verdict}", "", f"{tally(report)}; {found(report)}; {_time(report)}."]
    for notice in report.notices:
        head += ["", f"**{escaped(notice)}**"]
    tail = [*_reasons(report), *_lacking(report), *_table(report)]
    room = LONGEST - sum(len(line) + 1 for line in (*head, *tail))
    return "\n".join((*head, *_within(room, tuple(_findings(report))), *tail)) + "\n"


def _time(report: Report) -> str:
    return seconds(report.run.seconds)


def escaped(text: str) -> str:
    """Return foreign text that Markdown shows as it is: no markup, no HTML, no cell's end, no mention."""
    marked = LEADING.sub(r"\1\\\2", MARKS.sub(r"\\\1", visible(text)))
    return "".join(ENTITIES.get(character, character) for character in marked)


def fenced(lines: tuple[str, ...], language: str = "sh") -> list[str]:
    """Return ``lines`` as a block of code that nothing in them can end."""
    safe = [visible(line) for line in lines]
    longest = max((len(run) for line in safe for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *safe, fence]


def _within(room: int, blocks: tuple[tuple[str, ...], ...]) -> list[str]:
    """Return as many blocks as there is room for, and how many there was none for."""
    lines: list[str] = []
    for number, block in enumerate(blocks):
        room -= sum(len(line) + 1 for line in block)
        if room < 0:
            return [*lines, "", f"{len(blocks) - number} more findings are in the JSON report."]
        lines += block
    return lines


def _findings(report: Report) -> Iterator[tuple[str, ...]]:
    for subject in grouped.subjects(report, notes=False):
        for number, shared in enumerate(subject.shared):
            yield (*(_heading(subject) if number == 0 else ()), *_finding(shared))


def _heading(subject: Subject) -> tuple[str, ...]:
    return ("", f"### {escaped(str(subject.id or 'The project as a whole'))}")


def _finding(shared: Shared) -> Iterator[str]:
    one = shared.finding
    confirmed = ", confirmed by plain `manage.py migrate`" if one.confirmed else ""
    severity = f"{one.severity}, acknowledged" if one.acknowledged else one.severity
    yield from ("", f"**{severity}** `{one.rule}` ({escaped(', '.join(shared.databases))}){confirmed}")
    yield from ("", escaped(one.message))
    if one.acknowledged:
        yield from ("", f"Acknowledged: {escaped(shared.reason or '')}")
        return
    for told in elsewhere(one):
        yield from ("", escaped(told))
    for exhibit in exhibits(one):
        yield from _exhibit(exhibit)
    yield from ("", f"Fix: {escaped(one.fix)}")
    commands = tuple(command for command in (one.setup, one.reproduce) if command is not None)
    if commands:
        yield from ("", *fenced(commands))
    test = smallest_test(one)
    if test is not None:
        yield from ("", "<details><summary>A test that shows it</summary>", "")
        yield from (*fenced(tuple(test.splitlines()), "python"), "", "</details>")


def _exhibit(exhibit: Exhibit) -> Iterator[str]:
    if exhibit.caption:
        yield from ("", escaped(exhibit.caption))
    if not any(any(line) for line in exhibit.lines):
        return
    yield from ("", f"| {' | '.join(exhibit.heads)} |", f"|{'---|' * len(exhibit.heads)}")
    yield from (f"| {' | '.join(map(escaped, line))} |" for line in exhibit.lines)
    if exhibit.left_off:
        yield from ("", f"and {exhibit.left_off} more, in the JSON report")


def _reasons(report: Report) -> list[str]:
    told = [f"- **{one.verdict}** {escaped(_reason(one))}" for one in grouped.unrehearsed(report)]
    broken = [f"- {escaped(reason)}" for reason in report.reasons]
    return [
        *(["", "### Not rehearsed, or not to the end", "", *told] if told else []),
        *(["", "### The run was not finished", "", *broken] if broken else []),
    ]


def _lacking(report: Report) -> list[str]:
    lines = [f"- {escaped(line)}" for line in lacking(report.migrations)]
    if not lines:
        return []
    head = ["", "<details><summary>Tables without rows, or with fewer than asked for</summary>", ""]
    if len(lines) > MOST_LACKING:
        lines[MOST_LACKING:] = [f"- and {len(lines) - MOST_LACKING} more, in the JSON report"]
    return [*head, *lines, "", "</details>"]


def _table(report: Report) -> list[str]:
    names = [database.name for database in report.databases]
    verdicts = {(one.id, one.database): one.verdict for one in report.migrations}
    ids = dict.fromkeys(one.id for one in report.migrations)
    if not ids:
        return []
    rows = [
        f"| {escaped(str(id_))} | {' | '.join(verdicts.get((id_, name), '') for name in names)} |"
        for id_ in ids
    ]
    head = f"| migration | {' | '.join(map(escaped, names))} |"
    lines = [head, f"|---|{'---|' * len(names)}", *rows]
    return ["", "<details><summary>Every migration</summary>", "", *lines, "", "</details>"]


def _reason(one: Unrehearsed) -> str:
    return f"{one.id} ({', '.join(one.databases)}): {one.reason}"
