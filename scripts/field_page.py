"""The page ``docs/field-report.md``: what judging the evidence of each real project comes to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from django_switchback import evidence
from django_switchback.report.formats.json import render
from django_switchback.report.formats.json_types import FindingJson, MigrationJson, ReportJson
from django_switchback.verdict.run_verdict import judge

VERDICTS = ("passed", "failed", "skipped", "error")
HEAD = """\
# Field report

Switchback on projects that nobody here wrote, and on the demonstration project (`example/`, which has
scenarios for two of its migrations), without any other configuration of their rows: the last five migrations
of each app are rehearsed on each database, with rows present, and unwound from head. The projects' settings
are under `tests/projects/`. This page is written from JSON reports by

```console
$ nox -s real-projects
```

(`nox -s "real-projects(oscar)"` is one project; `python scripts/field_report.py write` writes the page again
from the evidence of the last runs, and leaves the projects that it has none of as they are.) Only runs that
took place are shown.

*Tables filled* counts the tables of the project's models that have rows at head. *Time* is that of the whole
rehearsal as a multiple of migrating the same database once from nothing, both in the same run. Every
finding of severity `error` is listed, the same one on several databases once; *why* is what going through it
by hand with plain `manage.py migrate` showed.
"""


class Head(msgspec.Struct, frozen=True):
    """The tables at head, and why those are empty that are; ``reason``: why that is not known."""

    tables: int = 0
    empty: dict[str, str] = {}
    reason: str | None = None


class Run(msgspec.Struct, frozen=True):
    """One project on one database."""

    project: str
    database: str
    versions: dict[str, str]
    head: Head
    log: str


class Told(NamedTuple):
    """A run and the report on it."""

    run: Run
    report: ReportJson


class Error(NamedTuple):
    """One finding of severity ``error``, on whichever databases it was made."""

    migration: str
    finding: FindingJson
    databases: list[str]


def told(run: Run, folder: Path) -> Told:
    """Return the run whose log is in ``folder`` with the report that the log comes to today."""
    text = render(judge(evidence.read(folder / run.log)))
    return Told(run, msgspec.json.decode(text, type=ReportJson))


def page(runs: Iterable[Told], judged: Mapping[str, Mapping[str, str]], earlier: str = "") -> str:
    """Return the whole page; ``judged`` says by project and ``rule app.name`` why an error is true.

    Of projects without a run it has what the page said ``earlier``.
    """
    by_project: dict[str, list[Told]] = {}
    for run in runs:
        by_project.setdefault(run.run.project, []).append(run)
    told = {name: "\n".join(_project(own, judged.get(name, {}))) for name, own in by_project.items()}
    parts = dict(sorted((_sections(earlier) | told).items()))
    return "\n".join([HEAD, *parts.values()])


def _sections(text: str) -> dict[str, str]:
    """Return the part of a page on each project."""
    _, *parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    # A blank line stands between two of them.
    return {part.splitlines()[0].removeprefix("## "): part.rstrip("\n") + "\n" for part in parts}


def _project(runs: list[Told], judged: Mapping[str, str]) -> Iterator[str]:
    yield f"## {runs[0].run.project}\n"
    yield ", ".join(f"{name} {number}" for name, number in runs[0].run.versions.items()) + ".\n"
    yield "| database | targets | passed | failed | skipped | error | tables filled | time |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    yield from map(_row, runs)
    yield ""
    yield from _lines("Tables without rows", _empty(runs))
    yield from _lines("Not judged to their end", _reasons(runs))
    errors = list(_errors(runs))
    yield f"### Errors: {len(errors)}\n"
    for error in errors:
        yield from _error(error, judged)


def _row(told_run: Told) -> str:
    run, report = told_run
    counts = [sum(target.verdict == verdict for target in report.migrations) for verdict in VERDICTS]
    database = report.databases[0]
    ratio = (
        f"{report.run.seconds / database.scratch.seconds:.0f} times"
        if database.scratch.seconds
        else "not known"
    )
    head = run.head
    filled = head.tables - len(head.empty)
    share = f"{filled} of {head.tables} ({filled / head.tables:.0%})" if head.tables else "not known"
    cells = (database.engine + " " + database.version, len(report.migrations), *counts, share, ratio)
    return f"| {' | '.join(map(str, cells))} |"


def _empty(runs: Iterable[Told]) -> Iterator[str]:
    for run, _ in runs:
        if run.head.reason:
            yield f"{run.database}: not known, {_text(run.head.reason)}"
        yield from (f"{run.database}: `{table}`: {_text(why)}" for table, why in run.head.empty.items())


def _reasons(runs: Iterable[Told]) -> Iterator[str]:
    for run, report in runs:
        yield from (f"{run.database}: {_text(reason)}" for reason in report.reasons)
        for migration in report.migrations:
            if migration.verdict in ("skipped", "error"):
                yield (
                    f"{run.database}: `{_name(migration)}` {migration.verdict}: "
                    f"{_text(migration.reason or '')}"
                )


def _errors(runs: Iterable[Told]) -> Iterator[Error]:
    found: dict[tuple[str, ...], Error] = {}
    for run, report in runs:
        for name, finding in _findings(report):
            if finding.severity == "error":
                # What is about a whole database is about one app of it, and may be so about several.
                key = (name, finding.rule, finding.phase, str(finding.evidence.get("app", "")))
                error = found.setdefault(key, Error(name, finding, []))
                if run.database not in error.databases:
                    error.databases.append(run.database)
    yield from found.values()


def _findings(report: ReportJson) -> Iterator[tuple[str, FindingJson]]:
    for database in report.databases:
        yield from (("the whole database", finding) for finding in database.findings)
    for migration in report.migrations:
        yield from ((_name(migration), finding) for finding in migration.findings)


def _error(error: Error, judged: Mapping[str, str]) -> Iterator[str]:
    finding = error.finding
    confirmed = {True: ", confirmed by plain Django", False: ", not seen in plain Django", None: ""}
    acknowledged = ", acknowledged by the project" if finding.acknowledged else ""
    where = f"{', '.join(error.databases)}, {finding.phase}{confirmed[finding.confirmed]}{acknowledged}"
    yield f"**`{error.migration}`: {finding.rule}** ({where})\n"
    yield f"{_text(finding.message)}\n"
    commands = [command for command in (finding.setup, finding.reproduce) if command]
    if commands:
        yield "\n".join(("```console", *(f"$ {command}" for command in commands), "```\n"))
    yield f"Why: {judged.get(f'{finding.rule} {error.migration}', 'not gone through by hand yet.')}\n"


def _lines(title: str, items: Iterable[str]) -> Iterator[str]:
    there = list(dict.fromkeys(items))
    if there:
        yield f"### {title}\n"
        yield "\n".join(f"- {item}" for item in there) + "\n"


def _name(entry: MigrationJson) -> str:
    return f"{entry.app}.{entry.name}"


def _text(hostile: str) -> str:
    """Return text from a project's code on one line and without any mark-up of its own."""
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in hostile).split())
    return re.sub(r"([\\<>*_\[\]|`])", r"\\\1", shown[:600])
