"""Run the plan on a pool of workers, and replace workers that died."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import cast

import msgspec

from django_switchback.config.config import Config
from django_switchback.engine.recorder import Recorder
from django_switchback.engine.schedule import Schedule
from django_switchback.engine.turns import Turns
from django_switchback.engine.worker_process import RunStopping, StepEndedWorker, WorkerLost, WorkerProcess
from django_switchback.evidence import (
    AnyRecord,
    DatabaseBroken,
    DatabaseStarted,
    NotRun,
    ProjectDescribed,
)
from django_switchback.progress.interface import Progress
from django_switchback.project.plan import REHEARSAL_PARTS, Part, PartKind, part_without, plan_parts
from django_switchback.project.targets import OtherEngine, TargetSelection, select_targets
from django_switchback.sandbox.factories import AnyFactory
from django_switchback.sandbox.interface import Server
from django_switchback.worker.protocol import Job

MAX_WORKER_LOSSES = 4
"""How many workers a part may lose between steps before its database is given up."""
_POLL_SECONDS = 0.01
"""Seconds between two checks whether a plan is ready."""


class WorkerPool:
    """Runs at most ``config.jobs`` workers in parallel, each watched by its own thread.

    The first workers start with the pool, while the database servers start.
    """

    def __init__(
        self,
        config: Config,
        selection: TargetSelection,
        recorder: Recorder,
        progress: Progress,
        folder: Path,
        kinds: tuple[PartKind, ...] = REHEARSAL_PARTS,
    ) -> None:
        self._config = config
        self._selection = selection
        self._recorder = recorder
        self._progress = progress
        self._folder = folder
        self._kinds = kinds
        self._programs: Mapping[str, str] = {}
        self._stop = threading.Event()
        self._turns = Turns(self._stop)
        self._numbers = itertools.count(1)
        self._ready: list[WorkerProcess] = []

    def __enter__(self) -> WorkerPool:
        """Start the workers that load the project first."""
        try:
            for _ in range(min(self._config.jobs, self._initial_workers)):
                self._ready.append(self._spawn())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Close the workers that were not used."""
        while self._ready:
            self._ready.pop().close()

    @property
    def _initial_workers(self) -> int:
        """The number of workers that load the project at the start."""
        return len(self._config.databases) * (2 if len(self._kinds) > 1 else 1)

    def run(self, servers: Sequence[Server], programs: Mapping[str, str]) -> None:
        """Run the plan on each of ``servers``.

        ``programs`` maps server names to folders of ``pg_dump`` and ``pg_restore``. The first exception
        that is not recorded as evidence, Ctrl-C included, stops all workers and is raised.
        """
        self._programs = programs
        jobs = self._config.jobs
        in_order = self._config.time_limit is not None
        schedules = [
            Schedule(after_last=server.engine == "postgresql", in_order=in_order) for server in servers
        ]
        with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="switchback") as pool:
            try:
                plans: list[Future[int]] = [Future() for _ in servers]
                each = list(zip(servers, schedules, plans, strict=True))
                running = [pool.submit(self._run_first, *pair) for pair in each]
                # These load the project in parallel with the first workers and then wait for their plans.
                running += [pool.submit(self._run_next, *pair) for pair in each if len(self._kinds) > 1]
                for server, schedule, plan in each:
                    while not plan.done() and not any(job.done() and job.exception() for job in running):
                        time.sleep(_POLL_SECONDS)
                    more = min(jobs, plan.result()) if plan.done() else 0
                    running += [pool.submit(self._run_next, server, schedule, plan) for _ in range(2, more)]
                _raise_first_error(running)
            finally:
                self._stop.set()

    def _run_first(self, server: Server, schedule: Schedule, plan: Future[int]) -> None:
        """Plan from a first worker's description of the project, then run parts on that worker."""
        worker = self._start_worker(server)
        try:
            try:
                parts = self._plan(server, worker.read_description())
                schedule.add(parts)
                plan.set_result(len(parts))
            except BaseException as error:
                plan.set_exception(error)
                raise
        except BaseException:
            worker.close()
            raise
        self._run_parts(server, schedule, worker)

    def _run_next(self, server: Server, schedule: Schedule, plan: Future[int]) -> None:
        """Run parts of the plan on a further worker."""
        if plan.done() and (plan.exception() or schedule.empty or self._turns.one_at_a_time):
            return
        worker = self._start_worker(server)
        try:
            while not plan.done():
                self._wait()
            needed = not (plan.exception() or schedule.empty or self._turns.one_at_a_time)
            if needed:
                worker.read_description()
        except BaseException:
            worker.close()
            raise
        if needed:
            self._run_parts(server, schedule, worker)
        else:
            worker.close()

    def _wait(self) -> None:
        if self._stop.wait(_POLL_SECONDS):
            raise RunStopping

    def _run_parts(self, server: Server, schedule: Schedule, first: WorkerProcess) -> None:
        """Run parts from the schedule until it is empty."""
        worker: WorkerProcess | None = first
        try:
            while not schedule.empty:
                part = schedule.take_next()
                if part is None:
                    self._wait()
                    continue
                try:
                    with self._turns.turn():
                        idle, worker = worker, None
                        worker = self._run_part(server, schedule, part, idle)
                finally:
                    if part.kind == "scratch":
                        # Even if it failed, its cycles must no longer wait for it.
                        schedule.release_waiting(part.database)
        finally:
            if worker is not None:
                worker.close()

    def _plan(self, server: Server, project: Sequence[ProjectDescribed]) -> tuple[Part, ...]:
        """Record the targets of each alias and return the parts of all aliases, the default's first."""
        self._refuse_other_engines(project)
        self._turns.describe(project)
        planned: list[Part] = []
        for alias in project:
            database = server.name if alias.alias == "default" else f"{server.name}/{alias.alias}"
            targets = select_targets(alias, self._selection)
            if not targets and alias.alias != "default":
                continue
            self._recorder.add(
                alias,
                DatabaseStarted(
                    database=database,
                    engine=server.engine,
                    alias=alias.alias,
                    version=server.version,
                    targets=targets,
                ),
            )
            if alias.conflicts:
                reason = f"Django refuses to migrate: two leaves in {', '.join(alias.conflicts)}"
                self._recorder.add(
                    *(NotRun(database=database, migration=target, reason=reason) for target in targets)
                )
                continue
            parts = plan_parts(
                alias, database, targets, self._kinds, newest_first=self._config.time_limit is not None
            )
            self._progress.planned(database, sum(part.steps for part in parts))
            planned += parts
        return tuple(planned)

    def _refuse_other_engines(self, project: Sequence[ProjectDescribed]) -> None:
        """Raise :class:`OtherEngine` for an unsupported engine, unless an option names the databases."""
        if self._config.named_databases:
            return
        other_engines = {
            described.alias: described.other_engine
            for described in project
            if select_targets(described, self._selection)
        }
        unsupported = {alias: engine for alias, engine in other_engines.items() if engine}
        if unsupported:
            raise OtherEngine(unsupported)

    def _run_part(
        self, server: Server, schedule: Schedule, part: Part, worker: WorkerProcess | None
    ) -> WorkerProcess | None:
        """Run ``part``; if the worker dies, run the remaining targets on a new worker.

        Return the worker if it can run another part.
        """

        def observe(record: AnyRecord) -> None:
            self._recorder.add(record)
            schedule.observe(record)

        remaining: Part | None = part
        losses = 0
        while remaining is not None:
            worker = worker or self._start_worker(server)
            with ExitStack() as stack:
                stack.callback(worker.close)
                worker.read_description()
                try:
                    worker.send_part(remaining)
                    if worker.watch_part(observe):
                        stack.pop_all()
                        return worker
                    return None
                except StepEndedWorker as death:
                    self._recorder.add(death.finished)
                    remaining = part_without(remaining, death.step)
                except WorkerLost as loss:
                    losses += 1
                    remaining = self._part_after_loss(loss, remaining, last=losses == MAX_WORKER_LOSSES)
            worker = None
        return None

    def _part_after_loss(self, loss: WorkerLost, part: Part, *, last: bool) -> Part | None:
        """Return the remaining part without the migration of the last step before a worker was lost."""
        if loss.after is None or last:
            self._recorder.add(DatabaseBroken(database=part.database, reason=str(loss)))
            return None
        migration, reason = loss.after.migration, str(loss)
        if loss.reducing:
            # Its own cycle is finished; it is only applied before the next target.
            return part_without(part, msgspec.structs.replace(loss.after, direction="rollback"))
        if migration in part.targets:
            self._recorder.add(NotRun(database=part.database, migration=migration, reason=reason, error=True))
        else:
            self._recorder.add(DatabaseBroken(database=part.database, reason=reason))
        return part_without(part, loss.after)

    def _spawn(self) -> WorkerProcess:
        log = self._folder / f"worker-{next(self._numbers)}.jsonl"
        return WorkerProcess(self._config.python, self._config.project, log, self._stop)

    def _start_worker(self, server: Server) -> WorkerProcess:
        try:
            worker = self._ready.pop()
        except IndexError:
            worker = self._spawn()
        job = Job(
            project=str(self._config.project),
            settings=self._config.settings,
            # AnyFactory is the union of all factories, which msgspec can encode.
            factory=cast("AnyFactory", server.factory()),
            folder=str(self._folder),
            seed=self._config.seed,
            timeout=self._config.timeout,
            programs=self._programs.get(server.name, ""),
            dump_command=self._config.dump_command,
            rows=self._config.rows,
            scenarios="" if self._config.scenarios is None else str(self._config.scenarios),
            files=str(self._folder / f"files-{server.name}"),
            keep=self._config.keep,
        )
        worker.send_job(job)
        return worker


def _raise_first_error(futures: Sequence[Future[None]]) -> None:
    """Wait for ``futures`` and raise the first exception, except :class:`RunStopping`."""
    done, _ = wait(futures, return_when=FIRST_EXCEPTION)
    for future in futures:
        if future in done and not isinstance(future.exception(), RunStopping):
            future.result()
