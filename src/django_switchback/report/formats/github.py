"""Render the findings as workflow commands, which GitHub shows as annotations in a pull request's diff.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from django_switchback.report.answers import answer_lines, reproduction
from django_switchback.report.grouped_findings import shown_although_note
from django_switchback.report.located_findings import Location, located_findings, located_reasons
from django_switchback.untrusted_text import single_line, truncate
from django_switchback.verdict.interface import Report, Verdict

MAX_ANNOTATIONS = 10
"""Annotations of each level that GitHub shows for a step."""
MAX_MESSAGE_CHARACTERS = 4_000

Level: TypeAlias = Literal["error", "warning", "notice"]

LEVELS: dict[Verdict, Level] = {
    "error": "error",
    "skipped": "warning",
    "failed": "notice",
    "passed": "notice",
}
"""Levels of the reasons beside verdicts: nothing that was not rehearsed goes unseen."""


class Annotation(NamedTuple):
    """One annotation; ``lines`` are untrusted, ``location`` is ``None`` for the run as a whole."""

    level: Level
    location: Location | None
    title: str
    lines: tuple[str, ...]


def render(report: Report) -> str:
    """Return at most ten workflow commands of each level, the worst first; the last counts those left out.

    Notes have no annotation, unless a setting lowered them; what is acknowledged or known is a notice.
    """
    annotations = tuple(_annotations(report))
    levels: tuple[Level, ...] = ("error", "warning", "notice")
    chosen = (
        annotation
        for level in levels
        for annotation in _first(tuple(entry for entry in annotations if entry.level == level))
    )
    return "".join(f"{_command(annotation)}\n" for annotation in chosen)


def _annotations(report: Report) -> Iterator[Annotation]:
    for reason in report.reasons:
        yield Annotation("error", None, "The run did not finish", (reason,))
    for entry in located_findings(report):
        finding = entry.shared.finding
        if finding.severity == "info" and not shown_although_note(finding):
            continue
        yield Annotation(
            "notice" if finding.excused or finding.severity == "info" else finding.severity,
            entry.location,
            f"{finding.rule}: {entry.subject} ({', '.join(entry.shared.databases)})",
            (finding.message, *answer_lines(entry.shared), f"Fix: {finding.fix}", *reproduction(finding)),
        )
    for located in located_reasons(report):
        reason_of = located.reason
        level: Level = LEVELS[reason_of.verdict]
        title = f"{reason_of.verdict}: {reason_of.id} ({', '.join(reason_of.databases)})"
        yield Annotation(level, located.location, title, (reason_of.reason,))


def _first(annotations: tuple[Annotation, ...]) -> tuple[Annotation, ...]:
    left_out = len(annotations) - MAX_ANNOTATIONS
    if left_out <= 0:
        return annotations
    level = annotations[0].level
    count = f"{left_out + 1} more of level {level}: see the report"
    more = Annotation(level, None, "More findings", (count,))
    return (*annotations[: MAX_ANNOTATIONS - 1], more)


def _command(annotation: Annotation) -> str:
    properties = {"title": single_line(annotation.title)}
    if annotation.location is not None:
        path, line = annotation.location
        properties = {"file": path, "line": str(line), **properties}
    message = "\n".join(map(single_line, annotation.lines))
    words = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{annotation.level} {words}::{_escaped(truncate(message, MAX_MESSAGE_CHARACTERS))}"


def _escaped(text: str, more: str = "") -> str:
    """Return ``text`` with percent signs, line ends and the characters ``more`` as percent codes."""
    special = f"%\r\n{more}"
    return "".join(f"%{ord(character):02X}" if character in special else character for character in text)
