"""Applies and rolls back migrations step by step, as ``manage.py migrate`` does.

For single migrations in a process that goes on, this repeats what Django's ``migrate`` command does around
its executor (signals) and what a new process implies (empty caches, no open transaction). Source:
``django/core/management/commands/migrate.py``.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import msgspec
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from django_switchback.worker.failure import failure_of
from django_switchback.worker.migrate.connection_reset import refuse_open_transaction, reset_connection
from django_switchback.worker.migrate.failed_reads.value_reads import ValueRead, values_read_by
from django_switchback.worker.migrate.interruption import Interruption
from django_switchback.worker.migrate.project_state.field_restore import (
    restore_fields_on_error,
    restore_operations_on_error,
)
from django_switchback.worker.migrate.project_state.rendering import StateRenderer, render_models
from django_switchback.worker.migrate.project_state.state_cache import StateCache
from django_switchback.worker.migrate.search_path import create_default_schema
from django_switchback.worker.migrate.signals.receivers import receiver_of
from django_switchback.worker.migrate.signals.send_signals import MigrateSignals, Plan, forget_caches
from django_switchback.worker.migrate.statements.operation_statements import OperationStatements
from django_switchback.worker.migrate.statements.swallowed_errors import swallowed_errors_raised
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.project.describe import full_plan, is_data
from django_switchback.worker.shared_objects.state import ServerState


def _nothing() -> None:
    """Do nothing; the default for callbacks."""


class Migrator:
    """Applies and rolls back single migrations on one alias, with one loader for all of them."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.executor = MigrationExecutor(self.connection)
        self.loader = self.executor.loader
        self.plan: list[MigrationKey] = full_plan(self.loader)
        self.position = {key: index for index, key in enumerate(self.plan)}
        self.rendering = StateRenderer()
        self.intermediate = StateCache()
        self.signals = MigrateSignals(alias, self.rendering)
        self._in_transaction = False
        self.server = ServerState()
        """The server-wide objects that a step may change."""
        self._operations = {key: list(node.operations) for key, node in self.loader.graph.nodes.items()}
        self._data_operations = {
            key: {index: operation for index, operation in enumerate(operations) if is_data(operation)}
            for key, operations in self._operations.items()
        }

    def in_transaction(self) -> Migrator:
        """Return this migrator for steps inside an outer transaction, which is rolled back afterwards."""
        migrator = copy.copy(self)
        migrator._in_transaction = True
        return migrator

    @property
    def connection(self) -> BaseDatabaseWrapper:
        """The connection of the alias, used by all steps."""
        return connections[self.alias]

    def node(self, key: MigrationKey) -> Migration:
        """Return the migration of ``key`` with the operations of its file, as a new process would load it.

        Each call returns another instance: signal receivers add operations to those of a plan, as
        ``contenttypes`` does for renamed models, and these have to stay until they are carried out.
        """
        migration: Migration = copy.copy(self.loader.graph.nodes[key])
        migration.operations = list(self._operations[key])  # type: ignore[misc]  # set by Migration.__init__
        return migration

    @contextmanager
    def interrupted(self, key: MigrationKey, place: int) -> Iterator[None]:
        """Interrupt the steps of ``key`` in the block before the operation with the index ``place``."""
        own = self._operations[key]
        self._operations[key] = [*own[:place], Interruption(), *own[place:]]
        try:
            yield
        finally:
            self._operations[key] = own

    def has_data(self, key: MigrationKey) -> bool:
        """Return whether the migration of ``key`` has a data operation."""
        return bool(self._data_operations[key])

    def empty_state(self) -> ProjectState:
        """Return the state before the first migration."""
        return ProjectState(real_apps=self.loader.unmigrated_apps)

    def state_of(
        self, applied: Callable[[MigrationKey], bool], before: MigrationKey | None = None
    ) -> ProjectState:
        """Return the state of all ``applied`` migrations, optionally only of those earlier than ``before``.

        Built like ``MigrationExecutor._create_project_state``: models are rendered on first access.
        """
        state = self.empty_state()
        for key in self.plan:
            if key == before:
                break
            if applied(key):
                self.node(key).mutate_state(state, preserve=False)
        return state

    def applied(self) -> frozenset[MigrationKey]:
        """Return the applied migrations: those recorded, and those squashed from others that all are.

        Squashed ones are recorded only at the end of ``migrate`` (``MigrationExecutor.check_replacements``).
        """
        recorded = frozenset(MigrationRecorder(self.connection).applied_migrations())
        replacements = self.loader.replacements.items()
        return recorded.union(key for key, squashed in replacements if recorded.issuperset(squashed.replaces))

    def prepare(self) -> None:
        """Create the ``django_migrations`` table, in a schema that exists."""
        create_default_schema(self.connection)
        # A recorder caches that the table exists, which may be true of another database only.
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
        """Apply ``key`` on ``state``, which becomes the state after it, and send the signals.

        ``state`` is a copy of ``origin``. ``applied`` is called between the migration and its
        ``post_migrate``, which gets ``state_after`` if that is known from an earlier application. Exceptions
        of project code, of whatever class, are returned in the result and not raised; ``state`` is unusable
        then.
        """
        migration = self.node(key)

        def after() -> None:
            applied()
            if signals:
                self.signals.send_post_migrate(state_after or state, [(migration, False)])

        def step() -> None:
            with (
                restore_operations_on_error(migration.operations),
                restore_fields_on_error(key[0], origin),
                self.intermediate.patched(origin, migration),
            ):
                self.executor.apply_migration(state, migration)

        self.rendering.mark_dirty(state)
        return self.run_step(
            key,
            step,
            before=partial(self._prepare_step, state, [(migration, False)], signals=signals),
            after=after,
        )

    def unapply(
        self, state_before: ProjectState, key: MigrationKey, state_now: ProjectState, *, signals: bool = True
    ) -> StepResult:
        """Roll back ``key``, the last applied migration, and send the signals.

        ``state_before`` is the state before the migration and is not changed; ``state_now`` that after it.
        """
        migration = self.node(key)
        # NOTE: the executor also renders this state before it unapplies; the models that a reverse sees
        # depend on it (django/db/migrations/executor.py, _migrate_all_backwards).
        render_models(state_before)
        plan = [(migration, True)]

        def step() -> None:
            with (
                restore_operations_on_error(migration.operations),
                restore_fields_on_error(key[0], state_before, state_now),
            ):
                self.unapply_once(state_before, migration)

        return self.run_step(
            key,
            step,
            before=partial(self._prepare_step, state_now if signals else state_before, plan, signals=signals),
            after=partial(self.signals.send_post_migrate, state_before, plan) if signals else _nothing,
        )

    def _prepare_step(self, state: ProjectState, plan: Plan, *, signals: bool) -> None:
        """Send ``pre_migrate``, or only clear the managers' caches, which may belong to another database."""
        if signals:
            self.signals.send_pre_migrate(state, plan)
        else:
            forget_caches(state.apps)

    def unapply_once(self, state_before: ProjectState, migration: Migration) -> None:
        """Unapply ``migration``; raises an error of the database that its reverse has swallowed."""
        with self.intermediate.patched(state_before, migration):
            app, name = migration.app_label, migration.name
            if not self.has_data((app, name)):
                self.executor.unapply_migration(state_before, migration)
                return
            # Its record is all that a step with a swallowed error has rolled back.
            restore = partial(self.executor.recorder.record_applied, app, name)
            watch = partial(
                swallowed_errors_raised, nested=self._in_transaction, atomic=bool(migration.atomic)
            )
            with watch(self.connection, restore):
                self.executor.unapply_migration(state_before, migration)

    def state_after(self, state: ProjectState, key: MigrationKey) -> ProjectState:
        """Return the state after ``key`` on ``state``, whose rendered models are not changed."""
        migration, after = self.node(key), state.clone()
        with self.intermediate.patched(state, migration):
            return migration.mutate_state(after, preserve=False)

    def run_step(
        self,
        key: MigrationKey,
        step: Callable[[], Any],
        before: Callable[[], Any] = _nothing,
        after: Callable[[], Any] = _nothing,
    ) -> StepResult:
        """Run ``step`` of ``key`` between ``before`` and ``after``; exceptions are returned in the result."""
        data_operations = self._data_operations.get(key, {})
        self.server.before_step(key, may_change=bool(data_operations) and not self._in_transaction)
        statements = OperationStatements(self.connection, data_operations)
        started, seconds = time.perf_counter(), 0.0
        failure, receiver, operations = None, "", statements.results()
        unread: tuple[ValueRead, ...] = ()
        try:
            with self.server.watched(self.connection):
                before()
                started = time.perf_counter()
                with self.connection.execute_wrapper(statements):
                    step()
                seconds = time.perf_counter() - started
                operations = statements.results()
                if self._in_transaction:
                    # As a commit would.
                    self.connection.check_constraints()
                else:
                    refuse_open_transaction(self.connection)
                after()
        # Migrations call sys.exit and raise their own BaseExceptions; Ctrl-C never reaches a worker.
        except BaseException as error:
            failure, unread = failure_of(error), values_read_by(error)
            receiver = receiver_of(error) if seconds else ""
            seconds = seconds or time.perf_counter() - started
        reset_connection(self.connection, failed=failure is not None, rolled_back=self._in_transaction)
        if not self._in_transaction:
            self.server.after_step(key)
        result = StepResult(seconds=seconds, queries=statements.total, failure=failure, operations=operations)
        return msgspec.structs.replace(result, receiver=receiver, unread=unread)
