"""Logs what a cycle showed: coverage, comparisons, data operations, symptoms and sound statements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django_switchback.evidence import (
    AnyRecord,
    Classified,
    Compared,
    ComparedPoint,
    Comparison,
    Covered,
    LiveModelsUsed,
    OperationsRan,
    Rows,
)
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.minimise.row_kinds import SymptomKey
from django_switchback.worker.phases.log_evidence.log_deploy_window import statements_tried
from django_switchback.worker.phases.log_evidence.log_statements import sound_statements
from django_switchback.worker.source.live_models import live_model_uses


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
            new_code=tuple(dict.fromkeys(attempt.table for attempt in seen.new_attempts)),
            deploy_window=statements_tried(seen.deploy_window),
            without_edge=without_edge,
        )
    comparisons: tuple[tuple[ComparedPoint, Comparison | None], ...] = (
        ("restored", seen.rollback_difference),
        ("reapplied", seen.reapply_difference),
        ("after-failure", seen.left_by_failure),
    )
    for name, comparison in comparisons:
        if comparison is not None:
            yield Compared(
                database=context.database,
                migration=migration,
                phase="cycle",
                moment=name,
                rows_on_board=seen.row_kind,
                comparison=comparison,
                dropped_by_nature=seen.dropped_with_target if name == "restored" else (),
                without_edge=without_edge,
            )
    for change in seen.changes:
        yield OperationsRan(
            database=context.database,
            migration=migration,
            phase="cycle",
            direction=change.direction,
            changed=change.changed,
            operations=change.operations,
            without_edge=without_edge,
        )
    yield from sound_statements(context, key, seen, without_edge=without_edge)


def record_live_models(context: PartContext, key: MigrationKey) -> None:
    """Log the live models that ``key`` uses; modules that its functions import are loaded by then."""
    uses = live_model_uses(context.migrator.node(key).operations, Path.cwd())
    if uses:
        context.log.add(LiveModelsUsed(database=context.database, migration=migration_name(key), uses=uses))


def record_class(
    context: PartContext,
    key: MigrationKey,
    symptom: SymptomKey,
    minimal: Rows | None,
    *,
    without_edge: bool,
    by_elimination: bool = False,
    by_form: bool = False,
    left: Rows | None = None,
) -> None:
    """Log the minimal rows with which a cycle of ``key`` shows ``symptom``; for the rest see the record."""
    context.log.add(
        Classified(
            database=context.database,
            migration=migration_name(key),
            phase="cycle",
            about=symptom[0],
            direction=symptom[1],
            fewest=minimal,
            without_edge=without_edge,
            by_elimination=by_elimination,
            by_form=by_form,
            left=left,
        )
    )
