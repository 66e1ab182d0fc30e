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
from django_switchback.worker.cycle.scenarios import Scenarios
from django_switchback.worker.guard import foreign_access
from django_switchback.worker.manage.confirm import Confirmer
from django_switchback.worker.migrate.migrator import Key, Migrator, Taken
from django_switchback.worker.process.forking import Room, apart
from django_switchback.worker.process.log import Log
from django_switchback.worker.project.sandboxes import Bench
from django_switchback.worker.seed.seeder import Seeder

T = TypeVar("T")


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The share of the plan, and the tools to carry it out with."""

    part: Part
    log: Log
    migrator: Migrator
    bench: Bench
    seeder: Seeder
    confirmer: Confirmer
    scenarios: Scenarios
    folder: Path

    @property
    def database(self) -> str:
        """The name under which evidence is recorded."""
        return self.part.database

    def step(
        self,
        key: Key,
        phase: Phase,
        direction: Direction,
        action: Callable[[], Taken],
        *,
        rows: Rows = "none",
        trial: bool = False,
        without_edge: bool = False,
    ) -> Taken:
        """Take one step and write down that it began and how it ended.

        It is written down before it is taken: if it takes the process with it, the coordinator knows which.
        So it is in a repeat too, as a trial.
        """
        name = name_of(key)
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
        self.bench.server.before(key)
        self.log.tell(started)
        with foreign_access.telling(foreign_access.recorder(self.log, self.database, name)):
            taken = action()
        refused = "" if taken.failure is None else taken.failure.of_server
        self.log.tell(
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

    def _not_rehearsed(self, key: Key, phase: Phase, direction: Direction, refused: str) -> None:
        """Write down that a step was not taken, since it would have changed a server that is not ours."""
        database, migration = self.database, name_of(key)
        reason = f"not rehearsed: it belongs to the whole server ({refused})"
        self.log.tell(
            BelongsToServer(
                database=database, migration=migration, phase=phase, direction=direction, what=refused
            ),
            NotRun(database=database, migration=migration, reason=reason),
        )

    def apart(self, work: Callable[[Room], T]) -> T:
        """Return what ``work`` returns in a process of its own (see ``offspring.py``)."""

        def inside(room: Room) -> T:
            self.bench.server.enter(self.bench.current)
            try:
                return work(room)
            finally:
                self.bench.server.leave()

        self.bench.server.leave()
        found = apart(self.folder, inside)
        self.bench.server.enter(self.bench.current)
        return found

    def passing(self, key: Key, action: Callable[[], Taken], rows: Rows = "none") -> Taken:
        """Take a step on the way to a target, which is there to be blamed and tells nothing else."""
        return self.step(key, "scratch", "forward", action, rows=rows, trial=True)

    def confirm(
        self, key: Key, phase: Phase, direction: Direction, taken: Taken, *, without_edge: bool = False
    ) -> None:
        """Let plain ``manage.py`` try the step that failed, on a copy of the current sandbox."""
        if taken.failure is None or taken.failure.of_server or self.log.quiet:
            return
        copy = self.bench.clone("confirm")
        with self.bench.on(copy, alone=True):
            self.log.add(
                self.confirmer.confirm(
                    copy,
                    database=self.database,
                    migration=name_of(key),
                    phase=phase,
                    direction=direction,
                    name=self.previous(key) if direction == "rollback" else key[1],
                    failure_type=taken.failure.type,
                    done=lambda: self._recorded(key) is not (direction == "rollback"),
                    without_edge=without_edge,
                )
            )

    def _recorded(self, key: Key) -> bool:
        """Tell whether ``key`` stands in the table of applied migrations."""
        recorded = self.migrator.executor.recorder.applied_migrations()
        self.bench.connection.close()
        return key in recorded

    def previous(self, key: Key) -> str:
        """Return what to migrate the app to for rolling ``key`` back: its parent's name, or ``zero``."""
        parents = sorted(
            parent.key
            for parent in self.migrator.loader.graph.node_map[key].parents
            if parent.key[0] == key[0]
        )
        return parents[-1][1] if parents else "zero"


def key_of(name: MigrationName) -> Key:
    """Return Django's form of a migration's identity."""
    return name.app, name.name


def name_of(key: Key) -> MigrationName:
    """Return our form of a migration's identity."""
    return MigrationName(app=key[0], name=key[1])
