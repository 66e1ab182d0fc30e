"""Inserts the rows of a cycle: seeded rows before the target, and the new release's rows after it."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol, TypeAlias

import msgspec
from django.db.migrations.state import ProjectState

from django_switchback.evidence import Rows
from django_switchback.scenarios.declaring import ScenarioPoint
from django_switchback.worker.compare.snapshots import Keys, Snapshot
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.edge_rows import insert_edge_rows
from django_switchback.worker.migrate.named_models import models_named_in
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.seed.constraints.unique_indexes import UniqueIndexes
from django_switchback.worker.seed.interface import NewRows, SeedCoverage

WrittenWhen: TypeAlias = Literal["before", "after"]
"""Whether a row is inserted before or after the target is applied."""


class TargetChanges(NamedTuple):
    """What a target changed, by name of the table in snapshots: what rows of the new release depend on.

    ``inserted`` are the primary keys of rows that it inserted; ``removed_indexes`` the unique indexes that
    there are no more.
    """

    tables: tuple[str, ...]
    inserted: Keys
    removed_indexes: UniqueIndexes


class CycleRows(Protocol):
    """Inserts the rows of one cycle and is told what the tables then hold."""

    @property
    def many(self) -> bool:
        """Whether tables get as many rows as ``--rows`` requests."""

    def insert_old(self, state: ProjectState) -> SeedCoverage | None:
        """Insert rows before the target is applied; ``None`` if the seeder made none."""

    def insert_new(self, state: ProjectState, before: ProjectState, changes: TargetChanges) -> NewRows:
        """Insert rows of the new release; ``before`` is the state before the target.

        They go into the tables of ``changes``; others refer to the rows that the target has inserted.
        """

    def note(self, written: WrittenWhen, earlier: Snapshot, now: Snapshot, state: ProjectState) -> None:
        """Take note of the rows that were inserted between the snapshots ``earlier`` and ``now``."""


class SeededCycleRows:
    """The rows of the project's seeder and scenarios.

    ``kind`` is the kind of rows requested. Without ``edge``, no edge rows are seeded before the target,
    whatever the kind. Without ``many``, ``--rows`` has no effect. Scenarios are logged if ``recorded``.
    """

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        kind: Rows = "new",
        *,
        edge: bool = True,
        many: bool = True,
        recorded: bool = True,
    ) -> None:
        self._context = context
        self._key = key
        self._kind = kind
        self._edge = edge and kind != "typical"
        self._many = many and context.seeder.makes_many
        self._recorded = recorded
        self._without_edge = not edge

    @property
    def many(self) -> bool:
        """Whether tables get as many rows as ``--rows`` requests."""
        return self._many

    def insert_old(self, state: ProjectState) -> SeedCoverage | None:
        """Seed, run the ``before`` scenarios, and seed again: they may have filled an empty table."""
        if self._kind == "none":
            return None
        coverage = self._seed(state)
        if self._context.scenarios.has("before", self._key):
            self._run_scenarios("before", state)
            coverage = self._seed(state)
        if self._edge:
            insert_edge_rows(self._context, self._key, state)
        return coverage

    def insert_new(self, state: ProjectState, before: ProjectState, changes: TargetChanges) -> NewRows:
        """Run the ``after`` scenarios, then write rows of the new release into the tables of ``changes``."""
        if self._kind != "new":
            return NewRows()
        self._run_scenarios("after", state)
        if not changes.tables:
            return NewRows()
        return self._context.seeder.insert_new(state.apps, before=before.apps, **changes._asdict())

    def note(self, written: WrittenWhen, earlier: Snapshot, now: Snapshot, state: ProjectState) -> None:
        """Do nothing: only trials need to know which rows were inserted."""

    def _seed(self, state: ProjectState) -> SeedCoverage:
        return self._context.seeder.fill(
            state.apps,
            edge=self._edge,
            many=self._many,
            include_unmanaged=True,
            types=models_named_in(self._context.migrator, [self._key], state),
            constants=self._context.constants.of(self._key),
        )

    def _run_scenarios(self, at: ScenarioPoint, state: ProjectState) -> None:
        run_scenarios(
            self._context, self._key, at, state, recorded=self._recorded, without_edge=self._without_edge
        )


def run_scenarios(
    context: PartContext,
    key: MigrationKey,
    at: ScenarioPoint,
    state: ProjectState,
    *,
    recorded: bool,
    without_edge: bool,
) -> None:
    """Run the project's scenarios ``at`` a point of the cycle, and log them if they are ``recorded``."""
    ran = context.scenarios.run(at, key, state.apps, context.sandboxes.connection, context.database)
    if ran and recorded:
        context.log.add(*(msgspec.structs.replace(record, without_edge=without_edge) for record in ran))
