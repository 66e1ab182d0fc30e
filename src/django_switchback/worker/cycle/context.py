"""Defines the context of a part of the plan: the part, its log, and the tools that its phases share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

import msgspec
from django.db import DatabaseError

from django_switchback.evidence import (
    AnyRecord,
    BelongsToServer,
    ConnectionLost,
    Direction,
    MigrationName,
    NotRun,
    Phase,
    Rows,
    StepFinished,
    StepStarted,
    previous_migration,
)
from django_switchback.project.plan import Part
from django_switchback.worker.compare.signal_writes import ReceiverControl
from django_switchback.worker.cycle.migration_constants import ConstantsByMigration
from django_switchback.worker.cycle.other_databases import OtherDatabases
from django_switchback.worker.cycle.scenarios import LoadedScenarios
from django_switchback.worker.guard import access_reports, database_links
from django_switchback.worker.manage.plain_migrate import MigrateConfirmer
from django_switchback.worker.migrate.connection_reset import in_transaction
from django_switchback.worker.migrate.migrator import Migrator
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.process.forking import MemoryBudget, run_in_fork
from django_switchback.worker.process.log import EvidenceWriter
from django_switchback.worker.project.describe import parents
from django_switchback.worker.project.lost_connections import (
    LostConnection,
    lost_connections_raised,
    raise_if_lost,
)
from django_switchback.worker.project.sandboxes import SandboxSwitcher
from django_switchback.worker.seed.seeder import Seeder
from django_switchback.worker.seed.values.text_formats import TextFormats
from django_switchback.worker.stopwatch import STOPWATCH

T = TypeVar("T")


class PartContext(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the plan, with the tools to run it and the log to record evidence in."""

    part: Part
    log: EvidenceWriter
    migrator: Migrator
    sandboxes: SandboxSwitcher
    seeder: Seeder
    confirmer: MigrateConfirmer
    scenarios: LoadedScenarios
    constants: ConstantsByMigration
    folder: Path
    others: OtherDatabases | None = None
    """The databases of the other aliases, in a part with cycles of a project with several."""
    control: ReceiverControl = ReceiverControl()
    """Returns what receivers of signals do at a ``migrate`` with nothing to do."""
    quiet: bool = False
    """Whether this repeats what another worker has recorded."""
    deploy_window: bool = True
    """Whether the rules of the deploy window are judged."""
    cycles_only: bool = False
    """Whether nothing is tried beside the steps of each cycle."""

    @property
    def database(self) -> str:
        """The database name under which evidence is recorded."""
        return self.part.database

    @property
    def is_repeated_if_lost(self) -> bool:
        """Whether the part is repeated if the server ends a connection; a second loss is a failure."""
        return (
            self.sandboxes.factory.engine == "postgresql"
            and not self.part.repeat
            and self.part.kind != "backup"
        )

    def lost_connections_raised(self) -> AbstractContextManager[None]:
        """Raise :class:`LostConnection` from the block if the part is then repeated."""
        return lost_connections_raised() if self.is_repeated_if_lost else nullcontext()

    def record_loss(self, lost: LostConnection, targets: Collection[MigrationKey] = ()) -> None:
        """Record that the part ends here and is repeated, or only the cycles of ``targets``."""
        self.log.add(
            ConnectionLost(
                database=self.database,
                part=self.part.name,
                reason=lost.reason,
                migrations=tuple(map(migration_name, targets)),
                during=lost.during,
            )
        )

    def with_formats(self, text_formats: TextFormats) -> PartContext:
        """Return this context with a seeder that makes the text of columns in these formats."""
        return msgspec.structs.replace(self, seeder=self.seeder.with_formats(text_formats))

    @property
    def repeats(self) -> bool:
        """Whether another worker, or another shard, records what this part does."""
        return self.quiet or self.part.kind == "checkpoints"

    def add_once(self, *records: AnyRecord) -> None:
        """Log ``records``, unless they are logged already."""
        if not self.quiet:
            self.log.add(*records)

    def run_step(
        self,
        key: MigrationKey,
        phase: Phase,
        direction: Direction,
        action: Callable[[], StepResult],
        *,
        rows: Rows,
        trial: bool = False,
        without_edge: bool = False,
        measured: bool = False,
    ) -> StepResult:
        """Run one step between the records ``StepStarted`` and ``StepFinished``.

        The start is recorded first, so that the coordinator can name the step during which a worker died.
        Steps of a quiet phase are recorded too, as trials.
        """
        name = migration_name(key)
        trial = trial or self.quiet
        started = StepStarted(
            database=self.database,
            part=self.part.name,
            migration=name,
            phase=phase,
            direction=direction,
            rows=rows,
            trial=trial,
            without_edge=without_edge,
            measured=measured,
        )
        # Outside the measured time of the step: this may wait for a worker with exclusive use of it.
        self.sandboxes.server.before_step(key, may_change=self.migrator.has_data(key))
        self.log.add(started)
        with self.accesses_of(key), STOPWATCH.activity("steps"):
            result = action()
        if result.failure is not None and not (trial and in_transaction(self.sandboxes.connection)):
            recorded = self.recorded_as_done(key, direction)
            result = msgspec.structs.replace(result, recorded=recorded)
        shared_object = "" if result.failure is None else result.failure.of_server
        self.log.add(
            StepFinished(
                database=self.database,
                part=self.part.name,
                migration=name,
                phase=phase,
                direction=direction,
                rows=rows,
                without_edge=without_edge,
                trial=trial or bool(shared_object),
                outcome="ok" if result.failure is None else "failed",
                seconds=result.seconds,
                queries=result.queries,
                failure=result.failure,
                recorded=result.recorded,
                measured=measured,
            )
        )
        if shared_object:
            self._not_rehearsed(key, phase, direction, shared_object)
        if self.is_repeated_if_lost:
            raise_if_lost(result.failure, name)
        return result

    @contextmanager
    def accesses_of(self, key: MigrationKey) -> Iterator[None]:
        """Report what the block accesses outside the sandbox as of ``key``, and refuse database links."""
        recorder = access_reports.recorder(self.log, self.database, migration_name(key))
        prevented = self.sandboxes.server.reaches_only_itself
        with (
            access_reports.reporting_to(recorder),
            database_links.watched(self.migrator.connection, prevented=prevented),
        ):
            yield

    def _not_rehearsed(
        self, key: MigrationKey, phase: Phase, direction: Direction, shared_object: str
    ) -> None:
        """Record that a step was refused because it would change the user's own database server."""
        database, migration = self.database, migration_name(key)
        reason = f"not rehearsed: it belongs to the whole server ({shared_object})"
        self.log.add(
            BelongsToServer(
                database=database, migration=migration, phase=phase, direction=direction, what=shared_object
            ),
            NotRun(database=database, migration=migration, reason=reason),
        )

    def run_in_fork(self, function: Callable[[MemoryBudget], T]) -> T:
        """Run ``function`` in a forked child and return its value (see ``process/forking.py``).

        Raises :class:`LostConnection` if the server ended a connection of the child.
        """

        def run(budget: MemoryBudget) -> T | LostConnection:
            STOPWATCH.restart()
            try:
                with self.lost_connections_raised():
                    self.sandboxes.server.enter(self.sandboxes.current)
                    try:
                        return function(budget)
                    finally:
                        self.sandboxes.server.leave()
            except LostConnection as lost:
                return lost
            finally:
                self.log.add(*STOPWATCH.records(self.database))

        self.sandboxes.server.leave()
        self.log.add(*STOPWATCH.records(self.database))
        value = run_in_fork(self.folder, run)
        STOPWATCH.restart()
        self.sandboxes.server.enter(self.sandboxes.current)
        if isinstance(value, LostConnection):
            raise value
        return value

    def run_setup_step(
        self, key: MigrationKey, action: Callable[[], StepResult], rows: Rows = "none"
    ) -> StepResult:
        """Run a step that only leads to a target, recorded as a trial so that a crash can be attributed.

        A receiver's failure is ignored: a single ``migrate`` to head does not send ``post_migrate`` here.
        """

        def ignore_receiver() -> StepResult:
            result = action()
            return msgspec.structs.replace(result, failure=None) if result.receiver else result

        return self.run_step(key, "scratch", "forward", ignore_receiver, rows=rows, trial=True)

    def recorded_as_done(self, key: MigrationKey, direction: Direction) -> bool:
        """Return whether a failed step is recorded as done, since it raised after its commit."""
        try:
            return self._recorded(key) is not (direction == "rollback")
        except DatabaseError:
            # The failed step may have broken the database, or the table of applied migrations.
            return False

    def _recorded(self, key: MigrationKey) -> bool:
        """Return whether ``key`` is in the table of applied migrations."""
        applied = self.migrator.applied()
        self.sandboxes.connection.close()
        return key in applied

    def previous(self, key: MigrationKey) -> str:
        """Return the name to migrate to in order to roll ``key`` back: a parent's, or ``zero``."""
        graph = self.migrator.loader.graph
        every = {migration_name(known): parents(graph, known) for known in graph.nodes}
        found = previous_migration(migration_name(key), every)
        return found.name if found is not None else "zero"


def django_key(name: MigrationName) -> MigrationKey:
    """Convert a migration's name in the evidence to Django's ``(app, name)`` key."""
    return name.app, name.name


def migration_name(key: MigrationKey) -> MigrationName:
    """Convert Django's ``(app, name)`` key to a migration's name in the evidence."""
    return MigrationName(app=key[0], name=key[1])
