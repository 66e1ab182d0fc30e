"""Applies or rolls back several migrations as a whole ``migrate``: with one pair of signals around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from django.db.migrations.state import ProjectState

from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.project_state.rendering import render_models
from django_switchback.worker.migrate.sent_statements import SentStatements
from django_switchback.worker.migrate.signals.send_signals import Plan
from django_switchback.worker.migrate.steps import MigrationKey, Step, StepResult


def _nothing() -> None:
    """Do nothing; the default for callbacks."""


def forward_all(
    migrator: Migrator,
    state: ProjectState,
    keys: list[MigrationKey],
    step: Step = lambda key, action: action(),
    *,
    to_end: bool = True,
    begun: Plan | None = None,
) -> Iterator[tuple[MigrationKey, StepResult]]:
    """Apply ``keys``; the signals are sent before the first and after the last.

    ``step`` runs and records each step. Yields the result of each step and stops after a failed one
    without further signals. An exception of a ``post_migrate`` receiver is the failure of the last step.
    Unless ``to_end``, the ``migrate`` goes on after ``keys``: no ``post_migrate`` is sent. With ``begun``,
    a ``migrate`` that has sent its ``pre_migrate`` with that plan is continued.
    """
    migrator.rendering.mark_dirty(state)
    plan = begun or [(migrator.node(key), False) for key in keys]
    # Receivers of pre_migrate may have added operations to these.
    nodes = {(migration.app_label, migration.name): migration for migration, _ in plan}
    for index, key in enumerate(keys):
        action = partial(
            migrator.run_step,
            key,
            partial(migrator.executor.apply_migration, state, nodes[key]),
            before=partial(migrator.signals.send_pre_migrate, state, plan)
            if index == 0 and not begun
            else _nothing,
            after=partial(_finish_forward, migrator, state, plan)
            if to_end and index == len(keys) - 1
            else _nothing,
        )
        result = step(key, action)
        yield key, result
        if result.failure is not None:
            return


def send_signals(migrator: Migrator, state: ProjectState, keys: Iterable[MigrationKey]) -> StepResult:
    """Send the signals of a ``migrate`` that has applied ``keys``."""
    plan = [(migrator.node(key), False) for key in keys]
    before = partial(migrator.signals.send_pre_migrate, state, plan)
    after = partial(migrator.signals.send_post_migrate, state, plan)
    return migrator.run_step(("", "signals"), _nothing, before=before, after=after)


def backward_all(
    migrator: Migrator,
    keys: Sequence[MigrationKey],
    states: dict[MigrationKey, ProjectState],
    state_now: ProjectState,
    state_after: ProjectState,
    step: Step,
) -> Iterator[tuple[MigrationKey, StepResult]]:
    """Roll back ``keys``; see :func:`forward_all`.

    ``states`` are the states before each migration; each is removed when it is used. The signals are sent
    with ``state_now`` and ``state_after``, the states of all applied migrations at start and end.
    """
    plan = [(migrator.node(key), True) for key in keys]
    for index, (key, (migration, _)) in enumerate(zip(keys, plan, strict=True)):
        state = states.pop(key)
        render_models(state)  # as in unapply()
        sent = SentStatements(migrator.connection)
        action = partial(
            migrator.run_step,
            key,
            partial(sent.collect, partial(migrator.unapply_once, state, migration)),
            before=partial(migrator.signals.send_pre_migrate, state_now, plan) if index == 0 else _nothing,
            after=partial(migrator.signals.send_post_migrate, state_after, plan)
            if index == len(plan) - 1
            else _nothing,
        )
        result = step(key, partial(sent.added_to, action))
        yield key, result
        if result.failure is not None:
            return


def _finish_forward(migrator: Migrator, state: ProjectState, plan: Plan) -> None:
    migrator.executor.check_replacements()
    migrator.signals.send_post_migrate(state, plan)
