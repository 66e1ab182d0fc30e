"""Render the report as GitHub and GitLab Markdown, for job summaries and pull requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from django_switchback.report import grouped_findings
from django_switchback.report.answers import answer_lines, repetition, reproduction, severity_words
from django_switchback.report.empty_tables import empty_table_lines
from django_switchback.report.evidence_tables import (
    EvidenceTable,
    migrations_to_write,
    minimal_test,
    other_phases,
    tabulate,
)
from django_switchback.report.grouped_findings import GroupedFinding, MigrationReason, ReportSubject
from django_switchback.report.phrases import count_findings, count_verdicts, format_seconds
from django_switchback.rules.interface import Finding
from django_switchback.rules.wording import count
from django_switchback.untrusted_text import single_line
from django_switchback.verdict.interface import Report

MAX_CHARACTERS = 60_000
"""Characters; a GitHub comment holds 65,536. Findings beyond that are only counted."""

MAX_EMPTY_TABLES = 50
"""Lines on tables without rows to show."""

CLOSING_CHARACTERS = 200
"""For the lines that say what is left out."""
MARKER = "<!-- switchback-report -->"
"""Invisible first line, by which a workflow finds and replaces the comment of an earlier run."""

MARKUP = re.compile(r"([\\`*_\[\]#|~$])")
LINE_START_MARKUP = re.compile(r"^(\d*)([-+=.):])")
"""Text that would start a list, a heading or a workflow command."""
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@&#8203;"}
"""HTML characters, and ``@``, which would mention a user."""


def render(report: Report) -> str:
    """Return the report as Markdown: counts, findings, then a table of all migrations."""
    head = [
        MARKER,
        f"## Switchback: {report.headline}",
        "",
        f"{count_verdicts(report)}; {count_findings(report)}; {_time(report)}.",
    ]
    for notice in report.notices:
        head += ["", f"**{escape(notice)}**"]
    tail = [*_reasons(report), *_empty_tables(report), *_table(report)]
    room = MAX_CHARACTERS - _size((*head, *tail))
    return "\n".join((*head, *_fitting(room, tuple(_findings(report))), *tail)) + "\n"


def _time(report: Report) -> str:
    return format_seconds(report.run.seconds)


def escape(text: str) -> str:
    """Escape untrusted text so that Markdown shows it literally: no markup, HTML, cell end or mention."""
    marked = LINE_START_MARKUP.sub(r"\1\\\2", MARKUP.sub(r"\\\1", single_line(text)))
    return "".join(ENTITIES.get(character, character) for character in marked)


def code_block(lines: tuple[str, ...], language: str = "sh") -> list[str]:
    """Return ``lines`` as a fenced code block whose fence is longer than any in the lines."""
    safe = [single_line(line) for line in lines]
    longest = max((len(run) for line in safe for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *safe, fence]


class _FindingSection(NamedTuple):
    """The lines of a finding, and the code to write for it, which is left out first."""

    lines: tuple[str, ...]
    code: tuple[str, ...]


def _fitting(room: int, blocks: tuple[_FindingSection, ...]) -> list[str]:
    """Return the lines of the blocks that fit into ``room`` characters, and the code that still fits then.

    The number of what is left out is said.
    """
    room -= CLOSING_CHARACTERS
    kept: list[_FindingSection] = []
    for block in blocks:
        room -= _size(block.lines)
        if room < 0:
            break
        kept.append(block)
    lines: list[str] = []
    without = 0
    for block in kept:
        fits = _size(block.code) <= room
        room -= _size(block.code) if fits else 0
        without += not fits
        lines += (*block.lines, *(block.code if fits else ()))
    if without:
        lines += (
            "",
            f"The tests or migrations to write of {count(without, 'finding')} are in the HTML report.",
        )
    if len(kept) < len(blocks):
        lines += ("", f"{len(blocks) - len(kept)} more findings are in the JSON report.")
    return lines


def _size(lines: tuple[str, ...]) -> int:
    return sum(len(line) + 1 for line in lines)


def _findings(report: Report) -> Iterator[_FindingSection]:
    for subject in grouped_findings.grouped_findings(report, notes=False):
        entries = grouped_findings.in_one_entry(subject.shared)
        for number, shared in enumerate(entries):
            last = number == len(entries) - 1
            lines = (
                *(_heading(subject) if number == 0 else ()),
                *_finding(shared),
                *(_commands(repetition(subject.name, subject.shared)) if last else ()),
            )
            yield _FindingSection(
                lines, () if shared.finding.excused else tuple(_code_to_write(shared.finding))
            )


def _heading(subject: ReportSubject) -> tuple[str, ...]:
    return ("", f"### {escape(str(subject.id or 'The project as a whole'))}")


def _finding(shared: GroupedFinding) -> Iterator[str]:
    finding = shared.finding
    confirmed = ", confirmed by plain `migrate`" if finding.confirmed else ""
    rules = ", ".join(f"`{rule}`" for rule in (finding.rule, *shared.also))
    databases = escape(", ".join(shared.databases))
    yield from ("", f"**{severity_words(finding)}** {rules} ({databases}){confirmed}")
    yield from ("", escape(finding.message))
    for line in answer_lines(shared):
        yield from ("", escape(line))
    if finding.excused:
        return
    for told in other_phases(finding):
        yield from ("", escape(told))
    for table in tabulate(finding):
        yield from _evidence_table(table)
    yield from ("", f"Fix: {escape(finding.fix)}")
    yield from _commands(reproduction(finding))
    if shared.settings_lines and shared.lapsed:
        yield from ("", *code_block(shared.settings_lines, "toml"))


def _commands(lines: tuple[str, ...]) -> tuple[str, ...]:
    return ("", lines[0], "", *code_block(lines[1:])) if lines else ()


def _code_to_write(finding: Finding) -> Iterator[str]:
    migrations = migrations_to_write(finding)
    if migrations is not None:
        yield from ("", "<details><summary>The migrations to write instead</summary>", "")
        yield from (*code_block(tuple(migrations.splitlines()), "python"), "", "</details>")
    test = minimal_test(finding)
    if test is not None:
        yield from ("", "<details><summary>A test that reproduces it</summary>", "")
        yield from (*code_block(tuple(test.splitlines()), "python"), "", "</details>")


def _evidence_table(table: EvidenceTable) -> Iterator[str]:
    if table.caption:
        yield from ("", escape(table.caption))
    if not any(any(line) for line in table.lines):
        return
    yield from ("", f"| {' | '.join(table.headings)} |", f"|{'---|' * len(table.headings)}")
    yield from (f"| {' | '.join(map(escape, line))} |" for line in table.lines)
    if table.omitted:
        yield from ("", f"and {table.omitted} more, in the JSON report")


def _reasons(report: Report) -> list[str]:
    migrations = [
        f"- **{reason.verdict}** {escape(_reason(reason))}"
        for reason in grouped_findings.migration_reasons(report)
    ]
    unfinished = [f"- {escape(reason)}" for reason in report.reasons]
    return [
        *(["", "### Not rehearsed, or not completely", "", *migrations] if migrations else []),
        *(["", "### The run did not finish", "", *unfinished] if unfinished else []),
    ]


def _empty_tables(report: Report) -> list[str]:
    lines = [f"- {escape(line)}" for line in empty_table_lines(report.migrations)]
    if not lines:
        return []
    head = ["", "<details><summary>Tables without rows, or with fewer than requested</summary>", ""]
    if len(lines) > MAX_EMPTY_TABLES:
        lines[MAX_EMPTY_TABLES:] = [f"- and {len(lines) - MAX_EMPTY_TABLES} more, in the JSON report"]
    return [*head, *lines, "", "</details>"]


def _table(report: Report) -> list[str]:
    names = [database.name for database in report.databases]
    verdicts = {(migration.id, migration.database): migration.verdict for migration in report.migrations}
    ids = dict.fromkeys(migration.id for migration in report.migrations)
    if not ids:
        return []
    rows = [
        f"| {escape(str(id_))} | {' | '.join(verdicts.get((id_, name), '') for name in names)} |"
        for id_ in ids
    ]
    head = f"| migration | {' | '.join(map(escape, names))} |"
    lines = [head, f"|---|{'---|' * len(names)}", *rows]
    return ["", "<details><summary>All migrations</summary>", "", *lines, "", "</details>"]


def _reason(reason: MigrationReason) -> str:
    return f"{reason.id} ({', '.join(reason.databases)}): {reason.reason}"
