"""The migration checklist: items answered by evidence, and items for a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from django_switchback.evidence import Direction, MigrationFact, Value
from django_switchback.rules.interface import Finding, TargetEvidence
from django_switchback.rules.selection.steps import effective_direction, fails_with_edge_rows_only
from django_switchback.verdict.interface import MigrationReport

State: TypeAlias = Literal["checked", "failed", "person"]
RUNS_CODE = frozenset({"RunPython", "RunSQL"})


class Answer(Value, frozen=True):
    """The state of an item and the reason, which may hold text of the project."""

    state: State
    reason: str


class ChecklistSubject(Value, frozen=True):
    """A migration with its evidence and report on each database."""

    fact: MigrationFact
    reports: tuple[MigrationReport, ...]
    evidence: tuple[TargetEvidence, ...]
    engines: dict[str, str]
    """The engine of each database."""


class ChecklistItem(Value, frozen=True):
    """An item of the checklist: ``by`` names the rule, the command or the person that answers it."""

    group: str
    text: str
    by: str
    answer: Callable[[ChecklistSubject], Answer]


def by_rules(*slugs: str) -> Callable[[ChecklistSubject], Answer]:
    """Return an answer function: a finding of these rules fails the item."""

    def answer(subject: ChecklistSubject) -> Answer:
        found = [
            finding for finding in _findings(subject) if finding.rule in slugs and finding.severity != "info"
        ]
        bad = [finding for finding in found if not finding.acknowledged]
        if bad:
            return Answer("failed", f"{bad[0].rule}: {bad[0].message}")
        if found:
            reasons = {ack.reason for report in subject.reports for ack in report.acknowledged}
            return Answer("person", f"{found[0].rule} is acknowledged: {'; '.join(sorted(reasons))}")
        return _rehearsed(subject) or Answer("checked", f"nothing found on {_names(subject)}")

    return answer


def by_step(direction: Direction) -> Callable[[ChecklistSubject], Answer]:
    """Return an answer function: a failed step in this direction fails the item."""

    def answer(subject: ChecklistSubject) -> Answer:
        for target in subject.evidence:
            steps = [
                step for step in target.steps if effective_direction(step) == direction and not step.trial
            ]
            bad = [step for step in steps if step.outcome != "ok"]
            failing = next((step for step in bad if not fails_with_edge_rows_only(target, step)), None)
            if failing is not None:
                return Answer("failed", f"{failing.outcome} on {target.database}")
            if bad:
                return Answer("person", f"{bad[0].outcome} on {target.database} with edge rows alone")
            if not any(step.phase == "cycle" for step in steps):
                return Answer("failed", f"it was not done on {target.database}")
        return _rehearsed(subject) or Answer("checked", f"done on {_names(subject)}")

    return answer


def by_engine(engine: str, name: str) -> Callable[[ChecklistSubject], Answer]:
    """Return an answer function: the migration has to pass on this engine."""

    def answer(subject: ChecklistSubject) -> Answer:
        own = [report for report in subject.reports if subject.engines[report.database] == engine]
        if not own:
            return Answer("failed", f"it was not rehearsed on {name}")
        bad = [entry for entry in own if entry.verdict != "passed"]
        if bad:
            return Answer("failed", f"{bad[0].verdict} on {bad[0].database}")
        return Answer("checked", f"passed on {', '.join(entry.database for entry in own)}")

    return answer


def by_rows(subject: ChecklistSubject) -> Answer:
    """Answer whether the tables that the migration touches had rows."""
    for target in subject.evidence:
        covered = target.covered
        if covered is None:
            return Answer("failed", f"no evidence of which tables had rows on {target.database}")
        empty = [table for table in covered.touched if table in covered.empty]
        if empty:
            return Answer("failed", f"no rows in {', '.join(empty)} on {target.database}")
    row_counts = ", ".join(
        f"{target.covered.rows} on {target.database}"
        for target in subject.evidence
        if target.covered is not None and target.covered.rows is not None
    )
    return _rehearsed(subject) or Answer("checked", f"rows in the tables: {row_counts or 'in all'}")


def by_both_engines(subject: ChecklistSubject) -> Answer:
    """Answer whether PostgreSQL features are guarded: the migration has to pass on both engines."""
    verdicts = {subject.engines[report.database]: report.verdict for report in subject.reports}
    if set(verdicts) < {"sqlite", "postgresql"}:
        return Answer("person", "it was rehearsed on one engine only")
    failed = [engine for engine, verdict in verdicts.items() if verdict != "passed"]
    if len(failed) == 1:
        return Answer("failed", f"it fails on {failed[0]} and not on the other engine")
    return Answer("checked", "it passes on SQLite and PostgreSQL") if not failed else _failed(subject)


def by_batches(subject: ChecklistSubject) -> Answer:
    """Answer for migrations without custom code; a person has to check the others for batching."""
    kinds = {operation.kind for operation in subject.fact.operations} & RUNS_CODE
    if not kinds:
        return Answer("checked", "it runs no code or SQL of its own")
    return Answer("person", f"it has {' and '.join(sorted(kinds))}: is whatever walks over rows in batches?")


def by_downtime(subject: ChecklistSubject) -> Answer:
    """Leave the downtime question to a person, with the operations and atomicity as facts."""
    atomic = "in one transaction" if subject.fact.atomic else "without a transaction"
    kinds = ", ".join(dict.fromkeys(operation.kind for operation in subject.fact.operations)) or "nothing"
    return Answer("person", f"it does {kinds} {atomic}: does the release before work meanwhile?")


def by_docstring_line(
    *words: str, needed: Callable[[MigrationFact], bool] | None = None
) -> Callable[[ChecklistSubject], Answer]:
    """Return an answer function: the docstring needs a line that begins with one of these words.

    ``needed`` says whether a migration requires the line; ``None``: every migration does.
    """

    def answer(subject: ChecklistSubject) -> Answer:
        text = subject.fact.docstring
        found = re.search(rf"^\s*(?:{'|'.join(words)})\b.*", text, re.IGNORECASE | re.MULTILINE)
        if found is not None:
            return Answer("checked", found[0].strip())
        if needed is not None and not needed(subject.fact):
            return Answer("person", "the docstring does not say: is there nothing to say?")
        return Answer("failed", f"the docstring has no line that begins with {words[0]}")

    return answer


def by_purpose(subject: ChecklistSubject) -> Answer:
    """Answer whether the migration has a docstring."""
    lines = subject.fact.docstring.strip().splitlines()
    return Answer("checked", lines[0]) if lines else Answer("failed", "there is no docstring")


def destructive(fact: MigrationFact) -> bool:
    """Return whether a migration removes something or cannot be reversed."""
    return any(operation.destructive or not operation.reversible for operation in fact.operations)


def _findings(subject: ChecklistSubject) -> Iterable[Finding]:
    return (finding for report in subject.reports for finding in report.findings)


def _rehearsed(subject: ChecklistSubject) -> Answer | None:
    """Return a failed answer if the migration was not rehearsed completely."""
    for report in subject.reports:
        if report.verdict in {"skipped", "error"}:
            return Answer("failed", f"{report.verdict} on {report.database}: {report.reason}")
    return None if subject.reports else Answer("failed", "it was not rehearsed")


def _failed(subject: ChecklistSubject) -> Answer:
    bad = next(report for report in subject.reports if report.verdict != "passed")
    return Answer("failed", f"{bad.verdict} on {bad.database}")


def _names(subject: ChecklistSubject) -> str:
    return ", ".join(report.database for report in subject.reports)


CHECKLIST_ITEMS: tuple[ChecklistItem, ...] = (
    ChecklistItem(
        "Design",
        "Migration has both forwards and backwards operations",
        "the rule `irreversible`",
        by_rules("irreversible"),
    ),
    ChecklistItem(
        "Design",
        "Data transformations are reversible",
        "the rules `rollback-loses-data`, `rollback-leaves-data` and `reapply-differs`",
        by_rules("rollback-loses-data", "rollback-leaves-data", "reapply-differs"),
    ),
    ChecklistItem(
        "Design",
        "No data loss in rollback (backup to temporary table if needed)",
        "the rule `rollback-loses-data`",
        by_rules("rollback-loses-data"),
    ),
    ChecklistItem(
        "Design",
        "PostgreSQL-specific features guarded with vendor checks",
        "a rehearsal on SQLite and on PostgreSQL",
        by_both_engines,
    ),
    ChecklistItem("Testing", "Run forward migration on test database", "the rehearsal", by_step("forward")),
    ChecklistItem("Testing", "Create test data", "the rehearsal, which fills every table", by_rows),
    ChecklistItem("Testing", "Run rollback successfully", "the rehearsal", by_step("rollback")),
    ChecklistItem("Testing", "Re-apply migration successfully", "the rehearsal", by_step("reapply")),
    ChecklistItem(
        "Testing",
        "Verify data integrity maintained",
        "the rules `rollback-leaves-schema`, `rollback-loses-data`, `rollback-leaves-data`, "
        "`reapply-differs` and `old-code-fails-after-rollback`",
        by_rules(
            "rollback-leaves-schema",
            "rollback-loses-data",
            "rollback-leaves-data",
            "reapply-differs",
            "old-code-fails-after-rollback",
        ),
    ),
    ChecklistItem(
        "Production Readiness",
        "Tested on PostgreSQL (production database)",
        "`--database postgresql-18`",
        by_engine("postgresql", "PostgreSQL"),
    ),
    ChecklistItem(
        "Production Readiness",
        "Tested on SQLite (development database)",
        "`--database sqlite`",
        by_engine("sqlite", "SQLite"),
    ),
    ChecklistItem(
        "Production Readiness",
        "Migration can run with zero downtime (if required)",
        "a person",
        by_downtime,
    ),
    ChecklistItem(
        "Production Readiness",
        "Large data migrations use batching (RunPython)",
        "a person, where a migration runs code or SQL of its own",
        by_batches,
    ),
    ChecklistItem(
        "Production Readiness",
        "Rollback plan documented in migration file docstring",
        "a line of the docstring that begins with `Rollback:`",
        by_docstring_line("Rollback"),
    ),
    ChecklistItem("Documentation", "Migration purpose documented in docstring", "the docstring", by_purpose),
    ChecklistItem(
        "Documentation",
        "Risks documented (if any)",
        "a line of the docstring that begins with `Risks:`; where a migration removes nothing, a person",
        by_docstring_line("Risk", "Risks", needed=destructive),
    ),
    ChecklistItem(
        "Documentation",
        "Rollback procedure documented",
        "a line of the docstring that begins with `Rollback:`",
        by_docstring_line("Rollback"),
    ),
    ChecklistItem(
        "Documentation",
        "Data backup recommended (if destructive)",
        "a line of the docstring that begins with `Backup:`; where a migration removes nothing, a person",
        by_docstring_line("Backup", needed=destructive),
    ),
)
"""The checklist, in its order."""
