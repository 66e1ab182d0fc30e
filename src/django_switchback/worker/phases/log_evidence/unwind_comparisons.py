"""Compares the database around the steps of an unwind and logs the differences."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from django_switchback.evidence import (
    Compared,
    Comparison,
    Difference,
    Direction,
    OperationsRan,
    RollbackStatements,
    Rows,
)
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.django_rows import names_permissions_alone
from django_switchback.worker.compare.generic_references import ModelTables, model_tables
from django_switchback.worker.compare.signal_writes import Writes
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.compare.unwind_losses import UnwindSnapshots, unwind_losses
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.receiver_writes import SignalObserver, writes_with_nothing_to_do
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.snapshot.large_tables.hashed_rows import is_same

UNWIND_ROWS: Rows = "typical"
"""The kind of rows seeded at head. Edge rows are left to the cycles: here, a rollback that they make fail
would block all earlier targets."""


class UnwindComparisons:
    """Compares snapshots of an unwind from ``head``, a sandbox with the migrations in ``applied``.

    What receivers of signals write at every ``migrate`` is left out. A ``repeat`` has few rows, whatever
    ``--rows`` requests.
    """

    def __init__(
        self, context: PartContext, applied: set[MigrationKey], head: Address, *, repeat: bool
    ) -> None:
        self._context = context
        self._applied = applied
        self._head = head
        self._repeat = repeat
        self._multiply_rows = context.seeder.makes_many and not repeat
        self.observer = SignalObserver(self.take_snapshot, self._control, snapshots.EMPTY_SNAPSHOT)
        self._reported: set[Difference | str] = set()
        self._reapplied: list[tuple[MigrationKey, Comparison]] = []

    def take_snapshot(self, earlier: Snapshot) -> Snapshot:
        """Take a snapshot, reading only what changed since ``earlier``."""
        return snapshots.take_snapshot(self._context.sandboxes.connection, earlier, bulk=self._multiply_rows)

    @cached_property
    def _model_tables(self) -> ModelTables:
        """The tables of the models at head, where rows are inserted."""
        return model_tables([self._context.migrator.state_of(self._applied.__contains__)])

    def leftovers(self, before: Snapshot) -> Comparison:
        """Return what a failed step left since ``before``."""
        now = self.take_snapshot(before)
        return snapshots.difference(self.observer.without_signals(before, now)[0], now)

    def reapplied(self, key: MigrationKey, around: UnwindSnapshots, bounds: Snapshot) -> bool:
        """Compare after re-applying ``key``; return whether rows differ that did not differ before.

        The result is logged by :meth:`log_reapplied`, after ``post_migrate``.
        """
        comparison = self.observer.compare(
            lambda now: unwind_losses(around._replace(after_reapply=now), bounds, self._model_tables),
            around.after_reapply,
            around.before_rollback,
        )
        unreported = Comparison(
            schema=tuple(
                difference
                for difference in comparison.schema
                if difference not in self._reported and not is_position_of_new_sequence(difference, bounds)
            ),
            rows=tuple(
                difference for difference in comparison.rows if difference.table not in self._reported
            ),
        )
        self._reported.update(unreported.schema, (difference.table for difference in unreported.rows))
        self._reapplied.append((key, unreported))
        return bool(unreported.rows)

    def log_reapplied(self, now: Snapshot, head: Snapshot) -> None:
        """Log the comparisons since the last call, without what is as it was at ``head`` in ``now``.

        These are objects that receivers of ``post_migrate``, sent after the last migration, create, and
        permissions that Django renames there with their model.
        """
        for key, comparison in self._reapplied:
            schema = tuple(
                difference
                for difference in comparison.schema
                if difference.change != "missing" or (difference.kind, difference.name) not in now.schema
            )
            rows = tuple(
                difference
                for difference in comparison.rows
                if not names_permissions_alone(difference)
                or difference.table not in now.rows.keys() & head.rows.keys()
                or not is_same(now.rows[difference.table], head.rows[difference.table])
            )
            self.record(key, "reapplied", Comparison(schema=schema, rows=rows))
        self._reapplied = []

    def operations(
        self, key: MigrationKey, direction: Direction, result: StepResult, earlier: Snapshot, later: Snapshot
    ) -> None:
        """Log the effect of the data operations of ``key``, and a rollback's statements, if it succeeded."""
        if result.failure is None and direction == "rollback":
            self._context.log.add(
                RollbackStatements(
                    database=self._context.database,
                    migration=migration_name(key),
                    statements=result.statements,
                    atomic=bool(self._context.migrator.node(key).atomic),
                )
            )
        if result.failure is None and self._context.migrator.has_data(key):
            self._context.log.add(
                OperationsRan(
                    database=self._context.database,
                    migration=migration_name(key),
                    phase="unwind",
                    direction=direction,
                    changed=snapshots.changed(*self.observer.without_signals(earlier, later)),
                    operations=result.operations,
                    without_edge=self._repeat,
                )
            )

    def record(
        self, key: MigrationKey, moment: Literal["reapplied", "after-failure"], comparison: Comparison
    ) -> None:
        """Log one comparison."""
        self._context.log.add(
            Compared(
                database=self._context.database,
                migration=migration_name(key),
                phase="unwind",
                moment=moment,
                rows_on_board=UNWIND_ROWS,
                comparison=comparison,
                without_edge=self._repeat,
            )
        )

    def without_receiver_failure(self, result: StepResult) -> StepResult:
        """Return ``result`` without the failure of a receiver that also raises if there is nothing to do."""
        if not result.receiver:
            return result
        context = self._context
        migrator = context.migrator
        writes = writes_with_nothing_to_do(context, migrator.state_of(migrator.applied().__contains__))
        return result.without_failure_of(writes.raised)

    def _control(self) -> Writes:
        """Return what receivers write at a ``migrate`` with nothing to do at head, with rows."""
        context = self._context
        with context.sandboxes.switched_to(context.sandboxes.clone_of(self._head, "control")):
            head = context.migrator.state_of(self._applied.__contains__)
            context.seeder.fill(head.apps, edge=False)
            return writes_with_nothing_to_do(context, head)


def is_position_of_new_sequence(difference: Difference, bounds: Snapshot) -> bool:
    """Return whether a sequence that was created again differs only since rows had moved it before."""
    return difference.attribute == "position" and (difference.kind, difference.name) not in bounds.schema
