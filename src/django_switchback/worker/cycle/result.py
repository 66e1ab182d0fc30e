"""Types of the result of a cycle: what each step left and changed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from django.db.migrations.state import ProjectState

from django_switchback.evidence import Comparison, Direction, OperationRan, RowDifference, Rows, WorkMeasured
from django_switchback.worker.compare.snapshots import Keys, Snapshot
from django_switchback.worker.cycle.deploy_window import DeployWindow
from django_switchback.worker.migrate.steps import StepResult
from django_switchback.worker.release.table_trial import StatementAttempt
from django_switchback.worker.seed.interface import SeedCoverage

NO_DIFFERENCE = Comparison()


class Change(NamedTuple):
    """The data operations of one step, and whether the database's contents changed."""

    direction: Direction
    operations: tuple[OperationRan, ...]
    changed: bool


class CycleResult(NamedTuple):
    """The result of one cycle; fields of steps that were not reached are ``None``.

    ``state`` is the database's project state after the cycle, ``None`` if a failed step left a partly
    migrated state. ``last_step`` is the result of the last step. ``failed`` is the step that raised,
    ``left_by_failure`` the differences that this step left behind.
    """

    state: ProjectState | None
    latest_snapshot: Snapshot
    coverage: SeedCoverage | None = None
    changed_tables: tuple[str, ...] = ()
    tables_without_new_rows: Mapping[str, str] = {}
    failed: Direction | None = None
    last_step: StepResult | None = None
    left_by_failure: Comparison | None = None
    rollback_difference: Comparison | None = None
    dropped_with_target: tuple[RowDifference, ...] = ()
    reapply_difference: Comparison | None = None
    renamed: Mapping[str, str] = {}
    """The old name by new name of each table that the target renamed."""
    new_attempts: tuple[StatementAttempt, ...] = ()
    """Statements of the new release after the forward step."""
    attempts: tuple[StatementAttempt, ...] = ()
    """Statements of the old release after the rollback."""
    deploy_window: DeployWindow | None = None
    """Statements of the old release after the forward step; ``None`` where they are not tried."""
    work: tuple[WorkMeasured, ...] = ()
    """What the steps do with more rows."""
    row_kind: Rows = "new"
    """The kind of rows requested."""
    rows: int = 0
    """The number of rows before the target, over all tables."""
    changes: tuple[Change, ...] = ()
    """Data operations and their effect, by step; empty without data operations."""

    inserted: Keys = MappingProxyType({})
    """The rows that data operations inserted into tables that were there before."""

    @property
    def is_after_target(self) -> bool:
        """Whether the schema is the one after the target, so that the walk can continue from here."""
        if self.failed == "rollback":
            return self.state is not None
        return (
            self.failed is None and self.reapply_difference is not None and not self.reapply_difference.schema
        )

    @property
    def reversible_steps(self) -> set[Direction]:
        """The forward step, and the rollback unless an operation cannot be reversed."""
        failure = None if self.last_step is None else self.last_step.failure
        return {"forward"} if failure is not None and failure.irreversible else {"forward", "rollback"}

    @property
    def has_no_symptoms(self) -> bool:
        """Whether the cycle shows nothing that a rule could report."""
        return (
            self.rollback_difference == NO_DIFFERENCE
            and self.reapply_difference == NO_DIFFERENCE
            and not any(attempt.is_broken for attempt in (*self.new_attempts, *self.attempts))
        )
