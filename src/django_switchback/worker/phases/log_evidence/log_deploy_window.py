"""Logs the statements of the old release after a target, with the same before it as a control."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django_switchback.evidence import OldCodeInDeployWindow, Statement, TwoReleases
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.deploy_window import DeployWindow
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.release.table_trial import StatementAttempt
from django_switchback.worker.stopwatch import STOPWATCH


def statements_tried(window: DeployWindow | None) -> dict[str, tuple[Statement, ...]]:
    """Return the statements that were tried on rows from before the target, by table."""
    tried: dict[str, tuple[Statement, ...]] = {}
    for attempt in () if window is None else window.attempts:
        if attempt.written == "before":
            tried[attempt.table] = (*tried.get(attempt.table, ()), attempt.statement)
    return tried


@STOPWATCH.phase("deploy window")
def record_deploy_window(
    context: PartContext,
    key: MigrationKey,
    seen: CycleResult,
    unseeded: Callable[[], UnseededSandbox | None],
    *,
    edge: bool = True,
) -> None:
    """Log the statements, the broken ones with their control.

    Where the cycle has none, they are tried on a clone of the sandbox that ``unseeded`` returns: one with
    all before the target. Without it they are logged as untried.
    """
    window = seen.deploy_window
    if window is None:
        return
    control = window.control
    if control is None and any(attempt.written == "before" for attempt in window.broken):
        control = _control(context, window, unseeded(), edge=edge)
    records = tuple(_records(context, key, window, control, without_edge=not edge))
    context.log.add(*records)
    broken = {record.table for record in records if record.is_broken}
    if broken:
        migrations = window.release.in_two_releases(broken)
        context.log.add(
            TwoReleases(database=context.database, migration=migration_name(key), migrations=migrations)
        )


def _control(
    context: PartContext, window: DeployWindow, unseeded: UnseededSandbox | None, *, edge: bool
) -> tuple[StatementAttempt, ...] | None:
    if unseeded is None:
        return None
    with context.sandboxes.switched_to(unseeded.clone("control")):
        context.seeder.fill(unseeded.state().apps, edge=edge)
        return window.release.try_old_rows({attempt.table for attempt in window.broken}).attempts


def _records(
    context: PartContext,
    key: MigrationKey,
    window: DeployWindow,
    control: tuple[StatementAttempt, ...] | None,
    *,
    without_edge: bool,
) -> Iterator[OldCodeInDeployWindow]:
    before = {_place(attempt): attempt for attempt in control or ()}
    for attempt in window.attempts:
        known = before.get(_place(attempt))
        unknown = attempt.is_broken and attempt.written == "before" and control is None
        yield OldCodeInDeployWindow(
            database=context.database,
            migration=migration_name(key),
            table=attempt.table,
            statement=attempt.statement,
            failure=None if unknown else attempt.failure,
            untried="it could not be tried before the target" if unknown else attempt.untried,
            before=None if known is None else known.failure,
            without_edge=without_edge,
            read_as_none=() if unknown else attempt.read_as_none,
            read_as_none_before=() if known is None else known.read_as_none,
            sql=attempt.sql,
            written=attempt.written,
            row_kind=attempt.row_kind,
        )


def _place(attempt: StatementAttempt) -> tuple[str, Statement, str]:
    return attempt.table, attempt.statement, attempt.written
