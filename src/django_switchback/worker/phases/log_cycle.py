"""Logs what a cycle showed: coverage, comparisons, data operations and the old release's statements."""

from __future__ import annotations

from collections.abc import Iterator

from django_switchback.evidence import (
    AnyRecord,
    Compared,
    ComparedPoint,
    Comparison,
    Covered,
    OldCodeTried,
    OperationsRan,
    Phase,
    RowDifference,
    Rows,
)
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.release_statements import StatementAttempt, try_release
from django_switchback.worker.cycle.result import Change, CycleResult
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.migrate.steps import MigrationKey


def record_cycle(
    context: PartContext, key: MigrationKey, seen: CycleResult, *, without_edge: bool = False
) -> None:
    """Log what the cycle of ``key`` showed; its steps were logged when they were run."""
    context.log.add(*_records(context, key, seen, without_edge=without_edge))


def _records(
    context: PartContext, key: MigrationKey, seen: CycleResult, *, without_edge: bool
) -> Iterator[AnyRecord]:
    migration = migration_name(key)
    if seen.coverage is not None:
        yield Covered(
            database=context.database,
            migration=migration,
            tables=seen.coverage.tables,
            seeded=seen.coverage.seeded,
            empty=dict(seen.coverage.empty),
            touched=seen.changed_tables,
            rows=seen.rows,
            unwritten=dict(seen.tables_without_new_rows),
            chosen=seen.coverage.empty_by_choice,
            fewer=dict(seen.coverage.fewer),
            scenarios=context.scenarios.expected(key),
            without_edge=without_edge,
        )
    comparisons: tuple[tuple[ComparedPoint, Comparison | None], ...] = (
        ("restored", seen.rollback_difference),
        ("reapplied", seen.reapply_difference),
        ("after-failure", seen.left_by_failure),
    )
    for name, comparison in comparisons:
        if comparison is not None:
            yield _compared(
                context,
                key,
                "cycle",
                name,
                seen.row_kind,
                comparison,
                dropped_by_nature=seen.dropped_with_target if name == "restored" else (),
                without_edge=without_edge,
            )
    for change in seen.changes:
        yield _operations_ran(context, key, "cycle", change, without_edge=without_edge)
    yield from (
        _old_code_tried(context, key, attempt, without_edge=without_edge)
        for attempt in seen.attempts
        if not attempt.is_broken
    )


def record_comparison(
    context: PartContext,
    key: MigrationKey,
    phase: Phase,
    moment: ComparedPoint,
    rows: Rows,
    comparison: Comparison,
    *,
    without_edge: bool,
) -> None:
    """Log the result of one comparison, with the kind of ``rows`` that were present."""
    context.log.add(_compared(context, key, phase, moment, rows, comparison, without_edge=without_edge))


def _compared(
    context: PartContext,
    key: MigrationKey,
    phase: Phase,
    moment: ComparedPoint,
    rows: Rows,
    comparison: Comparison,
    *,
    dropped_by_nature: tuple[RowDifference, ...] = (),
    without_edge: bool,
) -> Compared:
    return Compared(
        database=context.database,
        migration=migration_name(key),
        phase=phase,
        moment=moment,
        rows_on_board=rows,
        comparison=comparison,
        dropped_by_nature=dropped_by_nature,
        without_edge=without_edge,
    )


def record_change(
    context: PartContext, key: MigrationKey, phase: Phase, change: Change, *, without_edge: bool
) -> None:
    """Log what the data operations of one step did."""
    context.log.add(_operations_ran(context, key, phase, change, without_edge=without_edge))


def _operations_ran(
    context: PartContext, key: MigrationKey, phase: Phase, change: Change, *, without_edge: bool
) -> OperationsRan:
    return OperationsRan(
        database=context.database,
        migration=migration_name(key),
        phase=phase,
        direction=change.direction,
        changed=change.changed,
        operations=change.operations,
        without_edge=without_edge,
    )


def record_control(
    context: PartContext, key: MigrationKey, seen: CycleResult, unseeded: UnseededSandbox, *, edge: bool
) -> None:
    """Try the failed statements of the old release on a clone without the target, and log both outcomes."""
    failed = [attempt for attempt in seen.attempts if attempt.is_broken]
    if not failed:
        return
    with context.sandboxes.switched_to(unseeded.clone("control")):
        state = unseeded.state()
        context.seeder.fill(state.apps, edge=edge)
        tables = {attempt.table for attempt in failed}
        before = try_release(context.sandboxes.connection, state.apps, tables, context.seeder)
    control = {(attempt.table, attempt.statement): attempt for attempt in before}
    context.log.add(
        *(
            _old_code_tried(
                context,
                key,
                attempt,
                control.get((attempt.table, attempt.statement)),
                without_edge=not edge,
            )
            for attempt in failed
        )
    )


def _old_code_tried(
    context: PartContext,
    key: MigrationKey,
    attempt: StatementAttempt,
    control: StatementAttempt | None = None,
    *,
    without_edge: bool,
) -> OldCodeTried:
    return OldCodeTried(
        database=context.database,
        migration=migration_name(key),
        table=attempt.table,
        statement=attempt.statement,
        failure=attempt.failure,
        untried=attempt.untried,
        before=None if control is None else control.failure,
        read_as_none=attempt.read_as_none,
        read_as_none_before=() if control is None else control.read_as_none,
        without_edge=without_edge,
    )
