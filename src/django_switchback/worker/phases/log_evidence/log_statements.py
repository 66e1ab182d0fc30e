"""Logs the statements of both releases, the broken ones with the same before the target as a control."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from django_switchback.evidence import NewCodeTried, OldCodeTried, Statement, StatementTried
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.migrate import whole_migrate
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.release.referred_rows import deletes_of_referred_rows
from django_switchback.worker.release.release_statements import UNKNOWN, try_release
from django_switchback.worker.release.sequence_collisions import new_collisions
from django_switchback.worker.release.table_trial import StatementAttempt
from django_switchback.worker.snapshot.reading import schema

T = TypeVar("T", bound=StatementTried)


def sound_statements(
    context: PartContext, key: MigrationKey, seen: CycleResult, *, without_edge: bool
) -> Iterator[OldCodeTried | NewCodeTried]:
    """Yield a record for each statement that is not broken."""
    for attempt in seen.new_attempts:
        if not attempt.is_broken:
            yield _tried(NewCodeTried, context, key, attempt, without_edge=without_edge)
    for attempt in seen.attempts:
        if not attempt.is_broken:
            yield _tried(OldCodeTried, context, key, attempt, without_edge=without_edge)


def record_control(
    context: PartContext, key: MigrationKey, seen: CycleResult, unseeded: UnseededSandbox, *, edge: bool
) -> None:
    """Try the broken statements by the old models on a clone without the target, and log both outcomes."""
    new = [attempt for attempt in seen.new_attempts if attempt.is_broken]
    old = [attempt for attempt in seen.attempts if attempt.is_broken]
    if not new and not old:
        return
    tables = {_old_name(attempt, seen) for attempt in new} | {attempt.table for attempt in old}
    with context.sandboxes.switched_to(unseeded.clone("control")):
        state = unseeded.state()
        context.seeder.fill(state.apps, edge=edge)
        before = try_release(context.sandboxes.connection, state.apps, tables, context.seeder)
    control: Mapping[tuple[str, Statement], StatementAttempt] = {
        (attempt.table, attempt.statement): attempt for attempt in before
    }
    tried = [
        _with_sequence(
            _tried(
                NewCodeTried,
                context,
                key,
                attempt,
                control.get((_old_name(attempt, seen), attempt.statement)),
                without_edge=not edge,
            ),
            attempt,
        )
        for attempt in new
    ]
    # Whether a statement works at head is asked only of those that the target broke.
    broken = {record.table for record in tried if record.is_broken}
    at_head = _at_head(context, key, broken, unseeded, edge=edge)
    for record in tried:
        works_at_head = (record.table, record.statement) in at_head
        context.log.add(msgspec.structs.replace(record, works_at_head=works_at_head))
    for attempt in old:
        known = control.get((attempt.table, attempt.statement))
        context.log.add(_tried(OldCodeTried, context, key, attempt, known, without_edge=not edge))


def _at_head(
    context: PartContext, key: MigrationKey, tables: set[str], unseeded: UnseededSandbox, *, edge: bool
) -> frozenset[tuple[str, Statement]]:
    """Return the statements on ``tables`` that work with all migrations applied that depend on the target.

    Empty if there is none, or one fails.
    """
    migrator = context.migrator
    dependents = set(migrator.loader.graph.backwards_plan(key)) - {key}
    needed = {other for dependent in dependents for other in migrator.loader.graph.forwards_plan(dependent)}
    later = [other for other in migrator.plan if other in needed - unseeded.applied]
    if not tables or not dependents:
        return frozenset()
    with context.sandboxes.switched_to(unseeded.clone("head")):
        state = migrator.state_of(unseeded.applied.__contains__)
        context.seeder.fill(state.apps, edge=edge)
        before = schema(context.sandboxes.connection)
        if any(result.failure is not None for _, result in whole_migrate.forward_all(migrator, state, later)):
            return frozenset()
        connection = context.sandboxes.connection
        now = schema(connection)
        collisions = new_collisions(connection, {}, now)
        attempts = try_release(
            connection, state.apps, tables, context.seeder, collisions=collisions, structural=True
        )
        deletes = tuple(deletes_of_referred_rows(connection, state.apps, before, now))
    # A delete of a row that nothing refers to does not say whether one of others works again.
    failing = {
        (attempt.table, attempt.statement)
        for attempt in (*attempts, *deletes)
        if attempt.is_broken or attempt.untried not in {None, UNKNOWN}
    }
    return frozenset((attempt.table, attempt.statement) for attempt in attempts) - failing


def _old_name(attempt: StatementAttempt, seen: CycleResult) -> str:
    return seen.renamed.get(attempt.table, attempt.table)


def _tried(
    record: type[T],
    context: PartContext,
    key: MigrationKey,
    attempt: StatementAttempt,
    control: StatementAttempt | None = None,
    *,
    without_edge: bool,
) -> T:
    return record(
        database=context.database,
        migration=migration_name(key),
        table=attempt.table,
        statement=attempt.statement,
        failure=attempt.failure,
        untried=attempt.untried,
        before=None if control is None else control.failure,
        without_edge=without_edge,
        read_as_none=attempt.read_as_none,
        read_as_none_before=() if control is None else control.read_as_none,
    )


def _with_sequence(tried: NewCodeTried, attempt: StatementAttempt) -> NewCodeTried:
    """Return ``tried`` with the sequence that makes ``attempt`` fail, if one does."""
    if attempt.collision is None:
        return tried
    return msgspec.structs.replace(
        tried, sequence=attempt.collision.name, inserts_before=attempt.collision.inserts_before
    )
