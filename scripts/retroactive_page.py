"""Render a page on the most complex migrations of a project and their rehearsal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django_switchback.checks.performance import timings
from django_switchback.evidence import AnyRecord, Covered, MigrationFact, ProjectDescribed
from django_switchback.report.formats.markdown import escape
from django_switchback.rules.wording import count
from django_switchback.verdict import run_verdict
from django_switchback.verdict.interface import MigrationReport, Report

SCHEMA_OPERATIONS = frozenset(
    {
        *(
            "CreateModel",
            "DeleteModel",
            "RenameModel",
            "AddField",
            "RemoveField",
            "AlterField",
            "RenameField",
        ),
        *("AddIndex", "RemoveIndex", "RenameIndex", "AddConstraint", "RemoveConstraint", "AlterConstraint"),
        *("AlterModelTable", "AlterModelTableComment", "AlterUniqueTogether", "AlterIndexTogether"),
        *("AlterOrderWithRespectTo", "AlterModelOptions", "AlterModelManagers"),
    }
)
"""Operations with a reverse by Django; all others are code, SQL or custom operations."""
CUSTOM_CODE_WEIGHT = 3
NOT_ATOMIC_WEIGHT = 2
HEAD = """\
# Retroactive tests

The five most complex migrations of the demonstration project, rehearsed on every database: applied with rows
present, rolled back, applied again, and rolled back once more from head.

Written by `python scripts/retroactive_tests.py`, and compared with a new run by `nox -s docs`. How complex a
migration is: three for each operation that runs code or SQL or is the project's own, one for each that Django
can reverse by itself, two more where it runs without a transaction.

| migration | complexity | operations | verdict |
|---|---|---|---|
"""


def complexity(fact: MigrationFact) -> int:
    """Return a score for the risk of a migration's rollback."""
    own = sum(1 for operation in fact.operations if operation.kind not in SCHEMA_OPERATIONS)
    return CUSTOM_CODE_WEIGHT * own + (len(fact.operations) - own) + (0 if fact.atomic else NOT_ATOMIC_WEIGHT)


def rank(project: ProjectDescribed) -> tuple[MigrationFact, ...]:
    """Return the project's own migrations, the most complex first."""
    own = (fact for fact in project.migrations if fact.first_party)
    return tuple(sorted(own, key=lambda fact: (-complexity(fact), fact.id)))


def page(chosen: tuple[MigrationFact, ...], records: tuple[AnyRecord, ...]) -> str:
    """Return the page on ``chosen``, with nothing in it that differs from run to run."""
    report = run_verdict.judge(records)
    rows = {
        (record.database, record.migration): record.rows for record in records if isinstance(record, Covered)
    }
    lines = [_summary(fact, report) for fact in chosen]
    for fact in chosen:
        lines += ["", f"## {escape(str(fact.id))}", "", escape(_purpose(fact)), ""]
        lines += ["| database | verdict | steps | tables with rows | rows before |", "|---|---|---|---|---|"]
        own = [migration for migration in report.migrations if migration.id == fact.id]
        lines += [_row(entry, rows.get((entry.database, entry.id))) for entry in own]
        found = list(dict.fromkeys(told for entry in own for told in _findings(entry)))
        lines += ["", *(found or ["Nothing was found."])]
    return HEAD + "\n".join(lines) + "\n\n"


def times(records: tuple[AnyRecord, ...]) -> str:
    """Return how long the forward and rollback steps took, the slowest first."""
    lines = ["| step | database | time |", "|---|---|---|"]
    lines += [
        f"| {escape(str(timing.migration))} {timing.direction} | {timing.database} | {timing.seconds:.3f} s |"
        for timing in timings(records)
    ]
    return "\n".join(lines) + "\n"


def _summary(fact: MigrationFact, report: Report) -> str:
    verdicts = Counter(migration.verdict for migration in report.migrations if migration.id == fact.id)
    told = ", ".join(f"{verdict} on {count(number, 'database')}" for verdict, number in verdicts.items())
    kinds = Counter(operation.kind for operation in fact.operations)
    operations = ", ".join(f"{number} {kind}" if number > 1 else kind for kind, number in kinds.items())
    way = "" if fact.atomic else ", without a transaction"
    return f"| {escape(str(fact.id))} | {complexity(fact)} | {escape(operations)}{way} | {told} |"


def _purpose(fact: MigrationFact) -> str:
    return next(iter(fact.docstring.strip().splitlines()), "It has no docstring.")


def _row(entry: MigrationReport, rows: int | None) -> str:
    steps = Counter(step.outcome for step in entry.steps)
    told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(steps.items()))
    covered = entry.coverage
    tables = "-" if covered is None else f"{covered.seeded} of {covered.tables}"
    return f"| {entry.database} | {entry.verdict} | {told} | {tables} | {'-' if rows is None else rows} |"


def _findings(entry: MigrationReport) -> Iterator[str]:
    for finding in entry.findings:
        severity = f"{finding.severity}, acknowledged" if finding.acknowledged else finding.severity
        yield f"- {severity}, `{finding.rule}`: {escape(finding.message)}"
