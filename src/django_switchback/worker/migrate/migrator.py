"""One step at a time, as ``manage.py migrate`` would take it.

What Django's ``migrate`` command does around its executor (the signals, the caches that a new process does
not have, the transaction that ends with the process) is done here for a single migration in a process
that goes on. Source: ``django/core/management/commands/migrate.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from django_switchback.evidence import Failure, OperationRan
from django_switchback.worker.failure import failure_of
from django_switchback.worker.migrate.connection_reset import refuse_open_transaction, reset_connection
from django_switchback.worker.migrate.field_restore import restore_fields_on_error
from django_switchback.worker.migrate.rendering import StateRenderer
from django_switchback.worker.migrate.signals import MigrateSignals, Plan, forget_caches
from django_switchback.worker.migrate.state_cache import StateCache
from django_switchback.worker.migrate.statements import OperationStatements
from django_switchback.worker.project.describe import full_plan, is_data
from django_switchback.worker.server_objects.state import ServerState

MigrationKey = tuple[str, str]
Step = Callable[[MigrationKey, "Callable[[], StepResult]"], "StepResult"]


def _nothing() -> None:
    """Stand in where there is nothing to do."""


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was taken: wall ``seconds`` and statements of the migration itself, and what it raised."""

    seconds: float
    queries: int
    failure: Failure | None
    operations: tuple[OperationRan, ...] = ()
    """What the data operations of the migration did."""


class Migrator:
    """Applies and unapplies single migrations on one alias, with one loader for all of them."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.executor = MigrationExecutor(self.connection)
        self.loader = self.executor.loader
        self.plan: list[MigrationKey] = full_plan(self.loader)
        self.position = {key: index for index, key in enumerate(self.plan)}
        self.rendering = StateRenderer()
        self.intermediate = StateCache()
        self.signals = MigrateSignals(alias, self.rendering)
        self.undone = False
        """Whether steps are taken within one transaction, which is going to be rolled back."""
        self.server = ServerState()
        """The objects of the whole server, which a step may change."""
        self._operations = {key: list(node.operations) for key, node in self.loader.graph.nodes.items()}
        self._data = {
            key: {index: one for index, one in enumerate(operations) if is_data(one)}
            for key, operations in self._operations.items()
        }

    @property
    def connection(self) -> BaseDatabaseWrapper:
        """The connection that all steps use."""
        return connections[self.alias]

    def node(self, key: MigrationKey) -> Migration:
        """Return the migration of ``key`` as the file has it.

        Signal receivers add operations to the instance (``contenttypes`` does for renamed models): a new
        process would start from the file again.
        """
        migration: Migration = self.loader.graph.nodes[key]
        migration.operations = list(self._operations[key])  # type: ignore[misc]  # set by Migration.__init__
        return migration

    def has_data(self, key: MigrationKey) -> bool:
        """Tell whether the migration of ``key`` has a data operation."""
        return bool(self._data[key])

    def empty_state(self) -> ProjectState:
        """Return the state before the first migration."""
        return ProjectState(real_apps=self.loader.unmigrated_apps)

    def state_of(
        self, applied: Callable[[MigrationKey], bool], before: MigrationKey | None = None
    ) -> ProjectState:
        """Return the state of all migrations that are ``applied``, of those earlier than ``before``.

        As ``MigrationExecutor._create_project_state`` builds it: in plan order, rendered only when asked for.
        """
        state = self.empty_state()
        for key in self.plan:
            if key == before:
                break
            if applied(key):
                self.node(key).mutate_state(state, preserve=False)
        return state

    def prepare(self) -> None:
        """Make the table of applied migrations."""
        # It remembers that the table is there, which may have been in another database.
        self.executor.recorder = MigrationRecorder(self.connection)
        self.executor.recorder.ensure_schema()

    def apply(
        self,
        state: ProjectState,
        key: MigrationKey,
        applied: Callable[[], None] = _nothing,
        *,
        signals: bool = True,
        origin: ProjectState,
        state_after: ProjectState | None = None,
    ) -> StepResult:
        """Apply ``key`` on ``state``, which becomes the state after it, with its ``signals``.

        ``state`` is a copy of ``origin``. ``applied`` is called between the migration and its
        ``post_migrate``, which is sent with ``state_after``, where that is known from applying ``key``
        before. What the project's code raises, whatever its class, is returned and not raised; ``state`` is
        of no use then.
        """
        migration = self.node(key)

        def after() -> None:
            applied()
            if signals:
                self.signals.send_post_migrate(state_after or state, [(migration, False)])

        def step() -> None:
            with restore_fields_on_error(key[0], origin), self.intermediate.patched(origin, migration):
                self.executor.apply_migration(state, migration)

        self.rendering.mark_dirty(state)
        return self._run_step(
            key,
            step,
            before=partial(self._before, state, [(migration, False)], signals=signals),
            after=after,
        )

    def unapply(
        self,
        state_before: ProjectState,
        key: MigrationKey,
        state_now: ProjectState,
        *,
        signals: bool = True,
    ) -> StepResult:
        """Roll ``key`` back, the last of the plan that is applied, with its ``signals``.

        ``state_before`` is the state that it was applied on and is left as it is, ``state_now`` that after.
        """
        migration = self.node(key)
        # NOTE: the executor renders this state too before it unapplies; what a migration's reverse finds in
        # its models depends on it (django/db/migrations/executor.py, _migrate_all_backwards).
        state_before.apps  # noqa: B018
        plan = [(migration, True)]

        def step() -> None:
            with restore_fields_on_error(key[0], state_before, state_now):
                self._unapplied(state_before, migration)

        return self._run_step(
            key,
            step,
            before=partial(self._before, state_now if signals else state_before, plan, signals=signals),
            after=partial(self.signals.send_post_migrate, state_before, plan) if signals else _nothing,
        )

    def forward_all(
        self, state: ProjectState, keys: list[MigrationKey], step: Step = lambda key, action: action()
    ) -> Iterator[tuple[MigrationKey, StepResult]]:
        """Apply ``keys`` in one go as a plain ``migrate`` does, signals before the first and after the last.

        ``step`` takes each step, to write it down. Yields what came of each; stops after one that failed,
        with no further signal sent. What the receivers of ``post_migrate`` raise is the last step's
        failure.
        """
        self.rendering.mark_dirty(state)
        plan = [(self.node(key), False) for key in keys]
        for index, (key, (migration, _)) in enumerate(zip(keys, plan, strict=True)):
            action = partial(
                self._run_step,
                key,
                partial(self.executor.apply_migration, state, migration),
                before=partial(self.signals.send_pre_migrate, state, plan) if index == 0 else _nothing,
                after=partial(self._end, state, plan) if index == len(plan) - 1 else _nothing,
            )
            taken = step(key, action)
            yield key, taken
            if taken.failure is not None:
                return

    def announce(self, state: ProjectState, keys: Iterable[MigrationKey]) -> StepResult:
        """Send the signals of a ``migrate`` that has applied ``keys``."""
        plan = [(self.node(key), False) for key in keys]
        before, after = (
            partial(self.signals.send_pre_migrate, state, plan),
            partial(self.signals.send_post_migrate, state, plan),
        )
        return self._run_step(("", "signals"), _nothing, before=before, after=after)

    def backward_all(
        self,
        keys: Sequence[MigrationKey],
        states: dict[MigrationKey, ProjectState],
        now: ProjectState,
        after: ProjectState,
        step: Step,
    ) -> Iterator[tuple[MigrationKey, StepResult]]:
        """Roll back ``keys`` in one go as a plain ``migrate`` does; see :meth:`forward_all`.

        ``states`` are those before each of them, taken out when they are used. The signals are sent with
        ``now`` and ``after``, the states of all that is applied at either end.
        """
        plan = [(self.node(key), True) for key in keys]
        for index, (key, (migration, _)) in enumerate(zip(keys, plan, strict=True)):
            state = states.pop(key)
            # NOTE: as in unapply().
            state.apps  # noqa: B018
            action = partial(
                self._run_step,
                key,
                partial(self._unapplied, state, migration),
                before=partial(self.signals.send_pre_migrate, now, plan) if index == 0 else _nothing,
                after=partial(self.signals.send_post_migrate, after, plan)
                if index == len(plan) - 1
                else _nothing,
            )
            taken = step(key, action)
            yield key, taken
            if taken.failure is not None:
                return

    def _before(self, state: ProjectState, plan: Plan, *, signals: bool) -> None:
        """Do what comes before a step; managers remember nothing of another database either way."""
        if signals:
            self.signals.send_pre_migrate(state, plan)
        else:
            forget_caches(state.apps)

    def _unapplied(self, state_before: ProjectState, migration: Migration) -> None:
        with self.intermediate.patched(state_before, migration):
            self.executor.unapply_migration(state_before, migration)

    def after(self, state: ProjectState, key: MigrationKey) -> ProjectState:
        """Return the state after ``key`` on ``state``, whose models are rendered, and stay as they are."""
        migration, after = self.node(key), state.clone()
        with self.intermediate.patched(state, migration):
            return migration.mutate_state(after, preserve=False)

    def _end(self, state: ProjectState, plan: Plan) -> None:
        self.executor.check_replacements()
        self.signals.send_post_migrate(state, plan)

    def _run_step(
        self,
        key: MigrationKey,
        step: Callable[[], Any],
        before: Callable[[], Any] = _nothing,
        after: Callable[[], Any] = _nothing,
    ) -> StepResult:
        self.server.before(key)
        counted = OperationStatements(self.connection, self._data.get(key, {}))
        started = time.perf_counter()
        seconds = 0.0
        failure: Failure | None = None
        operations: tuple[OperationRan, ...] = ()
        try:
            with self.server.watched(self.connection):
                before()
                started = time.perf_counter()
                with self.connection.execute_wrapper(counted):
                    step()
                seconds = time.perf_counter() - started
                operations = counted.observed()
                if self.undone:
                    # As its commit would.
                    self.connection.check_constraints()
                else:
                    refuse_open_transaction(self.connection)
                after()
        # Migrations call sys.exit and raise their own BaseExceptions; Ctrl-C never reaches a worker.
        except BaseException as error:
            failure = failure_of(error)
            seconds = seconds or time.perf_counter() - started
        reset_connection(self.connection, failed=failure is not None, undone=self.undone)
        if not self.undone:
            self.server.after(key)
        return StepResult(seconds=seconds, queries=counted.total, failure=failure, operations=operations)
