"""Rehearses the real projects under ``tests/projects`` and writes ``docs/field-report.md``.

``rehearse PROJECT`` runs in an environment in which the project's requirements and Switchback are installed,
and leaves evidence logs in a folder; ``write`` judges all logs that are there and puts their reports into the
page, without running anything; projects that have no log there stay in it as they are. ``nox -s
real-projects`` does both, each project in its own environment.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from django_switchback import evidence
from django_switchback.evidence import BackupCompared, DatabaseBroken
from django_switchback.report.json import FindingJson, MigrationJson, ReportJson, render
from django_switchback.verdict.runs import judge

ROOT = Path(__file__).resolve().parents[1]
PROJECTS = ROOT / "tests" / "projects"
ELSEWHERE = {"demonstration": ROOT / "example"}
"""The one that is this repository's own."""
REPORTS = ROOT / ".nox" / "field-reports"
PAGE = ROOT / "docs" / "field-report.md"
DATABASES = ("sqlite", "postgresql-18")
ONLY = {"misago": ("postgresql-18",)}
"""The databases of projects that do not run on all."""
VERDICTS = ("passed", "failed", "skipped", "error")
STEERING = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH")
HEAD = """\
# Field report

Switchback on projects that nobody here wrote, and on the demonstration project (`example/`, which has
scenarios for two of its migrations), without any other configuration of their rows: the last five migrations
of each app are rehearsed on each database, with rows on board, and unwound from head. The projects' settings
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


def rehearse(project: str, database: str, folder: Path) -> Run:
    """Rehearse one project on one database and return what came of it."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{project}-{database}"
    log, head = folder / f"{name}.evidence.jsonl", folder / f"{name}.head.jsonl"
    for old in (log, head):
        old.unlink(missing_ok=True)
    _switchback("run", project, database, "--quiet", "--evidence", str(log))
    _switchback("backup-verification", project, database, "--quiet", "--last", "1", "--evidence", str(head))
    return Run(
        project=project,
        database=database,
        versions=_versions(project),
        head=_head(head),
        log=log.name,
    )


def _switchback(command: str, project: str, database: str, *options: str) -> None:
    # NOTE: findings are what it is run for, so status 1 is as good as 0.
    words = [sys.executable, "-m", "django_switchback", command, "--database", database]
    environment = {name: value for name, value in os.environ.items() if name not in STEERING}
    done = subprocess.run(
        [*words, "--project", str(_folder(project)), *options], cwd=ROOT, env=environment, check=False
    )
    if done.returncode not in (0, 1, 3):
        raise SystemExit(done.returncode)


def _folder(project: str) -> Path:
    return ELSEWHERE.get(project, PROJECTS / project)


def _head(log: Path) -> Head:
    for record in evidence.read(log):
        if isinstance(record, BackupCompared):
            return Head(tables=record.tables, empty=record.empty)
        if isinstance(record, DatabaseBroken):
            return Head(reason=record.reason)
    return Head(reason="the seeded head could not be dumped and restored")


def _versions(project: str) -> dict[str, str]:
    files = ("requirements-alone.txt", "requirements.txt")
    file = next(_folder(project) / name for name in files if (_folder(project) / name).exists())
    required = file.read_text().split()
    names = [match[0] for line in required if (match := re.match(r"[\w.-]+", line))]
    return {name: version(name) for name in (*names, "Django")}


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


def _row(one: Told) -> str:
    run, report = one
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


def judgements() -> dict[str, dict[str, str]]:
    """Return what is known of errors, by project."""
    files = sorted(PROJECTS.glob("*/judged.toml"))
    return {file.parent.name: tomllib.loads(file.read_text()) for file in files}


def main(words: list[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--reports", type=Path, default=REPORTS, help="where evidence is kept")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("rehearse", help="rehearse one project in this environment")
    one.add_argument("project")
    one.add_argument("--database", action="append", choices=DATABASES)
    writing = commands.add_parser("write", help="write the page from the reports that are there")
    writing.add_argument("--out", type=Path, default=PAGE)
    _do(parser.parse_args(words))


def _do(asked: Any) -> None:
    if asked.command == "rehearse":
        for database in asked.database or ONLY.get(asked.project, DATABASES):
            run = rehearse(asked.project, database, asked.reports)
            file = asked.reports / f"{asked.project}-{database}.run.json"
            file.write_bytes(msgspec.json.encode(run))
        return
    files = sorted(asked.reports.glob("*.run.json"))
    # SQLite, the first that anybody runs, comes first.
    runs = sorted(
        (msgspec.json.decode(file.read_bytes(), type=Run) for file in files),
        key=lambda run: (run.project, DATABASES.index(run.database)),
    )
    earlier = asked.out.read_text(encoding="utf-8") if asked.out.exists() else ""
    shown = page((told(run, asked.reports) for run in runs), judgements(), earlier)
    asked.out.write_text(shown, encoding="utf-8")


if __name__ == "__main__":
    main()
