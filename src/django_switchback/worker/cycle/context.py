"""What every part of a worker's share of the plan works with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from django_switchback.evidence import (
    BelongsToServer,
    Direction,
    MigrationName,
    NotRun,
    Phase,
    Rows,
    StepFinished,
    StepStarted,
)
from django_switchback.project.plan import Part
from django_switchback.worker.cycle.scenarios import LoadedScenarios
from django_switchback.worker.guard import foreign_access
from django_switchback.worker.manage.confirm import MigrateConfirmer
from django_switchback.worker.migrate.migrator import MigrationKey, Migrator, StepResult
from django_switchback.worker.process.forking import MemoryBudget, run_in_fork
from django_switchback.worker.process.log import EvidenceWriter
from django_switchback.worker.project.sandboxes import SandboxSwitcher
from django_switchback.worker.seed.seeder import Seeder

T = TypeVar("T")


class PartContext(msgspec.Struct, frozen=True, kw_only=True):
    """The share of the plan, and the tools to carry it out with."""

    part: Part
    log: EvidenceWriter
    migrator: Migrator
    sandboxes: SandboxSwitcher
    seeder: Seeder
    confirmer: MigrateConfirmer
    scenarios: LoadedScenarios
    folder: Path

    @property
    def database(self) -> str:
        """The name under which evidence is recorded."""
        return self.part.database

    def run_step(
        self,
        key: MigrationKey,
        phase: Phase,
        direction: Direction,
        action: Callable[[], StepResult],
        *,
        rows: Rows = "none",
        trial: bool = False,
        without_edge: bool = False,
    ) -> StepResult:
        """Take one step and write down that it began and how it ended.

        It is written down before it is taken: if it takes the process with it, the coordinator knows which.
        So it is in a repeat too, as a trial.
        """
        name = migration_name(key)
        trial = trial or self.log.quiet
        started = StepStarted(
            database=self.database,
            part=self.part.name,
            migration=name,
            phase=phase,
            direction=direction,
            rows=rows,
            trial=trial,
            without_edge=without_edge,
        )
        # Not in the time of the step: another worker may have the server for itself.
        self.sandboxes.server.before(key)
        self.log.write(started)
        with foreign_access.reporting_to(foreign_access.recorder(self.log, self.database, name)):
            taken = action()
        refused = "" if taken.failure is None else taken.failure.of_server
        self.log.write(
            StepFinished(
                database=self.database,
                part=self.part.name,
                migration=name,
                phase=phase,
                direction=direction,
                rows=rows,
                without_edge=without_edge,
                trial=trial or bool(refused),
                outcome="ok" if taken.failure is None else "failed",
                seconds=taken.seconds,
                queries=taken.queries,
                failure=taken.failure,
            )
        )
        if refused:
            self._not_rehearsed(key, phase, direction, refused)
        return taken

    def _not_rehearsed(self, key: MigrationKey, phase: Phase, direction: Direction, refused: str) -> None:
        """Write down that a step was not taken, since it would have changed a server that is not ours."""
        database, migration = self.database, migration_name(key)
        reason = f"not rehearsed: it belongs to the whole server ({refused})"
        self.log.write(
            BelongsToServer(
                database=database, migration=migration, phase=phase, direction=direction, what=refused
            ),
            NotRun(database=database, migration=migration, reason=reason),
        )

    def apart(self, work: Callable[[MemoryBudget], T]) -> T:
        """Return what ``work`` returns in a process of its own (see ``offspring.py``)."""

        def inside(room: MemoryBudget) -> T:
            self.sandboxes.server.enter(self.sandboxes.current)
            try:
                return work(room)
            finally:
                self.sandboxes.server.leave()

        self.sandboxes.server.leave()
        found = run_in_fork(self.folder, inside)
        self.sandboxes.server.enter(self.sandboxes.current)
        return found

    def run_passing_step(
        self, key: MigrationKey, action: Callable[[], StepResult], rows: Rows = "none"
    ) -> StepResult:
        """Take a step on the way to a target, which is there to be blamed and tells nothing else."""
        return self.run_step(key, "scratch", "forward", action, rows=rows, trial=True)

    def confirm(
        self,
        key: MigrationKey,
        phase: Phase,
        direction: Direction,
        taken: StepResult,
        *,
        without_edge: bool = False,
    ) -> None:
        """Let plain ``manage.py`` try the step that failed, on a copy of the current sandbox."""
        if taken.failure is None or taken.failure.of_server or self.log.quiet:
            return
        copy = self.sandboxes.clone("confirm")
        with self.sandboxes.switched_to(copy, alone=True):
            self.log.add(
                self.confirmer.confirm(
                    copy,
                    database=self.database,
                    migration=migration_name(key),
                    phase=phase,
                    direction=direction,
                    name=self.previous(key) if direction == "rollback" else key[1],
                    failure_type=taken.failure.type,
                    done=lambda: self._recorded(key) is not (direction == "rollback"),
                    without_edge=without_edge,
                )
            )

    def _recorded(self, key: MigrationKey) -> bool:
        """Tell whether ``key`` stands in the table of applied migrations."""
        recorded = self.migrator.executor.recorder.applied_migrations()
        self.sandboxes.connection.close()
        return key in recorded

    def previous(self, key: MigrationKey) -> str:
        """Return what to migrate the app to for rolling ``key`` back: its parent's name, or ``zero``."""
        parents = sorted(
            parent.key
            for parent in self.migrator.loader.graph.node_map[key].parents
            if parent.key[0] == key[0]
        )
        return parents[-1][1] if parents else "zero"


def django_key(name: MigrationName) -> MigrationKey:
    """Return Django's form of a migration's identity."""
    return name.app, name.name


def migration_name(key: MigrationKey) -> MigrationName:
    """Return our form of a migration's identity."""
    return MigrationName(app=key[0], name=key[1])
