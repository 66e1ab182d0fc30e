"""Writes the statements of a rollback of the release as SQL with comments, from an unwind's evidence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from django_switchback.errors import UsageError
from django_switchback.evidence import (
    AnyRecord,
    MigrationName,
    ProjectDescribed,
    RollbackStatements,
    SentStatement,
    previous_migration,
)
from django_switchback.rules.grouping.grouping import group_by_database
from django_switchback.rules.interface import DatabaseEvidence, TargetEvidence
from django_switchback.rules.manage_commands import migrate_command
from django_switchback.rules.wording import count, dropped_rows, exception_summary
from django_switchback.untrusted_text import safe_line

HEAD = (
    "The rows are those of the rehearsal; production has its own.",
    "This is what `migrate` sends, for reading: roll back with the commands, not with the statements.",
)


class NoRollback(UsageError):
    """Reports evidence without the statements of a rollback."""

    def __init__(self) -> None:
        super().__init__(
            "the evidence holds no rollback of the release: expected a log that this version of `run "
            "--evidence` wrote, with at least one target"
        )


class MigrationRollback(NamedTuple):
    """A migration of the rollback: its statements, and what rolling it back loses."""

    id: MigrationName
    statements: tuple[SentStatement, ...]
    atomic: bool
    loses: tuple[str, ...]


class RollbackPlan(NamedTuple):
    """The rollback of one database: the migrations in order, each group with its command."""

    database: str
    groups: tuple[tuple[str, tuple[MigrationRollback, ...]], ...]
    not_rolled_back: tuple[tuple[MigrationName, str], ...]
    """The targets that stay, each with the reason."""


def rollback_plans(records: tuple[AnyRecord, ...]) -> tuple[RollbackPlan, ...]:
    """Return the rollback of each database. Raises :class:`NoRollback` if none was rehearsed."""
    projects = [record for record in records if isinstance(record, ProjectDescribed)]
    databases = group_by_database(records)
    plans = tuple(_plan(database, records, projects) for database in databases if database.targets)
    if not any(plan.groups or plan.not_rolled_back for plan in plans):
        raise NoRollback
    return plans


def is_complete(plans: tuple[RollbackPlan, ...]) -> bool:
    """Return whether every target was rolled back on every database."""
    return not any(plan.not_rolled_back for plan in plans)


def render(plans: tuple[RollbackPlan, ...]) -> str:
    """Return the plans as SQL; all else is comments."""
    return "\n".join(line for plan in plans for line in _lines(plan))


def _plan(
    database: DatabaseEvidence, records: tuple[AnyRecord, ...], projects: list[ProjectDescribed]
) -> RollbackPlan:
    # An unwind that is repeated rolls all back again: the last time counts.
    last: dict[MigrationName, RollbackStatements] = {}
    for record in records:
        if isinstance(record, RollbackStatements) and record.database == database.database:
            last.pop(record.migration, None)
            last[record.migration] = record
    targets = {target.fact.id: target for target in database.targets}
    parents = {
        fact.id: fact.dependencies
        for project in projects
        if (project.alias, project.vendor) == (database.alias, database.engine)
        for fact in project.migrations
    }
    groups = []
    for app, of_app in groupby(last.values(), key=lambda record: record.migration.app):
        rolled = tuple(of_app)
        place = previous_migration(rolled[-1].migration, parents) or MigrationName(app, "zero")
        parts = tuple(_part(record, targets.get(record.migration)) for record in rolled)
        groups.append((migrate_command(database.manage, place, database.alias), parts))
    stay = tuple((id_, _reason(target)) for id_, target in targets.items() if id_ not in last)
    return RollbackPlan(database.database, tuple(groups), stay)


def _part(record: RollbackStatements, target: TargetEvidence | None) -> MigrationRollback:
    loses = []
    for compared in () if target is None else target.comparisons:
        if compared.phase == "cycle" and compared.moment == "restored" and not compared.trial:
            rows = (*compared.dropped_by_nature, *compared.comparison.rows)
            loses = [dropped_rows(row) for row in rows if row.lost or row.changed]
    return MigrationRollback(record.migration, record.statements, record.atomic, tuple(loses))


def _reason(target: TargetEvidence) -> str:
    for step in reversed(target.steps):
        if (step.phase, step.direction) == ("unwind", "rollback") and step.failure is not None:
            return exception_summary(step.failure)
    for blocked in target.unwind_blocks:
        return f"{blocked.by} could not be rolled back"
    for skipped in target.not_run:
        return skipped.reason
    return "the rehearsal did not get there"


def _lines(plan: RollbackPlan) -> Iterator[str]:
    number = sum(len(parts) for _, parts in plan.groups)
    yield _comment(f"Rollback of the release on {plan.database}: {count(number, 'migration')}, newest first")
    yield from map(_comment, HEAD)
    for command, parts in plan.groups:
        yield ""
        yield _comment(command)
        for part in parts:
            yield from _part_lines(part)
    if plan.not_rolled_back:
        yield ""
        yield _comment("Not rolled back in the rehearsal:")
        for id_, reason in plan.not_rolled_back:
            yield _comment(f"{id_}: {reason}")
    yield ""


def _part_lines(part: MigrationRollback) -> Iterator[str]:
    yield _comment(f"{part.id}, {'in one transaction' if part.atomic else 'in no transaction'}")
    for what in part.loses:
        yield _comment(f"loses {what}")
    for statement in part.statements:
        written = [] if statement.rows is None else [count(statement.rows, "row")]
        repeated = [f"sent {statement.count} times"] if statement.count > 1 else []
        note = ", ".join((*written, *repeated))
        text = "\n".join(map(safe_line, statement.sql.splitlines()))
        yield f"{text};" + (f"  {_comment(note)}" if note else "")


def _comment(text: str) -> str:
    return f"-- {safe_line(text)}"
