"""The most complex migrations of a project, and what a rehearsal of them showed, as a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django_switchback import verdict
from django_switchback.checks.performance import timings
from django_switchback.evidence import AnyRecord, Covered, MigrationFact, ProjectDescribed
from django_switchback.report.markdown import escape
from django_switchback.rules.wording import count
from django_switchback.verdict import MigrationReport, Report

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
"""Operations whose reverse Django itself writes; any other is code, SQL or the project's own."""
CUSTOM_CODE_WEIGHT = 3
NOT_ATOMIC_WEIGHT = 2
HEAD = """\
# Retroactive tests

The five most complex migrations of the demonstration project, rehearsed on every database: applied with rows
on board, rolled back, applied again, and rolled back once more from head.

Written by `python scripts/retroactive_tests.py`, and compared with a new run by `nox -s docs`. How complex a
migration is: three for each operation that runs code or SQL or is the project's own, one for each that Django
can reverse by itself, two more where it runs without a transaction.

| migration | complexity | operations | verdict |
|---|---|---|---|
"""


def complexity(fact: MigrationFact) -> int:
    """Return how much there is in a migration that can go wrong on the way back."""
    own = sum(1 for one in fact.operations if one.kind not in SCHEMA_OPERATIONS)
    return CUSTOM_CODE_WEIGHT * own + (len(fact.operations) - own) + (0 if fact.atomic else NOT_ATOMIC_WEIGHT)


def rank(project: ProjectDescribed) -> tuple[MigrationFact, ...]:
    """Return the project's own migrations, the most complex first."""
    own = (fact for fact in project.migrations if fact.first_party)
    return tuple(sorted(own, key=lambda fact: (-complexity(fact), fact.id)))


def page(chosen: tuple[MigrationFact, ...], records: tuple[AnyRecord, ...]) -> str:
    """Return the page on ``chosen``, with nothing in it that differs from run to run."""
    report = verdict.judge(records)
    rows = {(one.database, one.migration): one.rows for one in records if isinstance(one, Covered)}
    lines = [_summary(fact, report) for fact in chosen]
    for fact in chosen:
        lines += ["", f"## {escape(str(fact.id))}", "", escape(_purpose(fact)), ""]
        lines += ["| database | verdict | steps | tables with rows | rows before |", "|---|---|---|---|---|"]
        own = [one for one in report.migrations if one.id == fact.id]
        lines += [_row(one, rows.get((one.database, one.id))) for one in own]
        found = list(dict.fromkeys(told for one in own for told in _findings(one)))
        lines += ["", *(found or ["Nothing was found."])]
    return HEAD + "\n".join(lines) + "\n\n"


def times(records: tuple[AnyRecord, ...]) -> str:
    """Return how long the forward and rollback steps took, the slowest first."""
    lines = ["| step | database | time |", "|---|---|---|"]
    lines += [
        f"| {escape(str(one.migration))} {one.direction} | {one.database} | {one.seconds:.3f} s |"
        for one in timings(records)
    ]
    return "\n".join(lines) + "\n"


def _summary(fact: MigrationFact, report: Report) -> str:
    verdicts = Counter(one.verdict for one in report.migrations if one.id == fact.id)
    told = ", ".join(f"{verdict} on {count(number, 'database')}" for verdict, number in verdicts.items())
    kinds = Counter(one.kind for one in fact.operations)
    operations = ", ".join(f"{number} {kind}" if number > 1 else kind for kind, number in kinds.items())
    way = "" if fact.atomic else ", without a transaction"
    return f"| {escape(str(fact.id))} | {complexity(fact)} | {escape(operations)}{way} | {told} |"


def _purpose(fact: MigrationFact) -> str:
    return next(iter(fact.docstring.strip().splitlines()), "It has no docstring.")


def _row(one: MigrationReport, rows: int | None) -> str:
    steps = Counter(step.outcome for step in one.steps)
    told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(steps.items()))
    covered = one.coverage
    tables = "-" if covered is None else f"{covered.seeded} of {covered.tables}"
    return f"| {one.database} | {one.verdict} | {told} | {tables} | {'-' if rows is None else rows} |"


def _findings(one: MigrationReport) -> Iterator[str]:
    for finding in one.findings:
        severity = f"{finding.severity}, acknowledged" if finding.acknowledged else finding.severity
        yield f"- {severity}, `{finding.rule}`: {escape(finding.message)}"
