"""Run the plan on a pool of workers, and replace workers that died."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import cast

from django_switchback.cache.run_cache import RunCache
from django_switchback.config.config import Config
from django_switchback.engine.concurrency import ConcurrencyLimit
from django_switchback.engine.evidence_collector import EvidenceCollector
from django_switchback.engine.lost_workers import part_after_loss
from django_switchback.engine.planning import Planner, server_identity
from django_switchback.engine.schedule import TO_HEAD, Schedule
from django_switchback.engine.server_run import POLL_SECONDS, ServerRun
from django_switchback.engine.sharding import ShardPlanner
from django_switchback.engine.worker_errors import RunStopping, StepEndedWorker, WorkerLost
from django_switchback.engine.worker_process import WorkerProcess
from django_switchback.errors import SwitchbackError, UsageError
from django_switchback.evidence import AnyRecord, ConnectionLost, Shard
from django_switchback.project.plan import REHEARSAL_PARTS, Part, PartKind, part_without, repeated_part
from django_switchback.project.targets import TargetSelection
from django_switchback.sandbox.factories import AnyFactory
from django_switchback.sandbox.interface import Server
from django_switchback.sandbox.run_files import RunFiles
from django_switchback.worker.protocol import Program, WorkerConfig

MAX_WORKER_LOSSES = 4
"""How many workers a part may lose between steps before its database is given up."""


class WorkerPool:
    """Runs at most ``config.jobs`` workers in parallel, each watched by its own thread.

    The first workers start with the pool, while the database servers start.
    """

    def __init__(
        self,
        config: Config,
        selection: TargetSelection,
        collector: EvidenceCollector,
        folder: Path,
        kinds: tuple[PartKind, ...] = REHEARSAL_PARTS,
        cache: RunCache | None = None,
    ) -> None:
        self._config = config
        shard = Shard(*config.shard) if config.shard and kinds == REHEARSAL_PARTS else None
        shards = None if shard is None else ShardPlanner(config, shard)
        self._planner = Planner(config, selection, collector, kinds, folder, shards, cache)
        self._cache = cache
        self._collector = collector
        self._folder = folder
        self._kinds = kinds
        self._programs: Mapping[str, str] = {}
        self._concurrency = ConcurrencyLimit()
        self._numbers = itertools.count(1)
        self._ready: list[WorkerProcess] = []
        self._program = (
            Program(config.manage, config.program, config.initial_settings) if config.manage else None
        )

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

        ``programs`` maps server names to folders of ``pg_dump`` and ``pg_restore``. A server that fails
        affects only its own databases, which are recorded as broken; if all fail, the first error is raised.
        A :class:`UsageError` or any other exception, Ctrl-C included, stops all workers and is raised.
        """
        self._programs = programs
        in_order = self._config.time_limit is not None
        runs = [
            ServerRun(server, Schedule(after_last=server.engine == "postgresql", in_order=in_order))
            for server in servers
        ]
        with ThreadPoolExecutor(self._config.jobs, thread_name_prefix="switchback") as pool:
            try:
                running = [
                    pool.submit(self._run_task, partial(self._run_first, before=runs[:place]), run)
                    for place, run in enumerate(runs)
                ]
                # These load the project in parallel with the first workers and then wait for their plans.
                further_runs = runs if len(self._kinds) > 1 else ()
                running += [pool.submit(self._run_task, self._run_next, run) for run in further_runs]
                for run in runs:
                    while not run.planned.wait(POLL_SECONDS) and not any(map(_has_failed, running)):
                        continue
                    more = range(2, min(self._config.jobs, run.parts))
                    running += [pool.submit(self._run_task, self._run_next, run) for _ in more]
                done, _ = wait(running, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
            finally:
                for run in runs:
                    run.stop.set()
        errors = [run.error for run in runs if run.error is not None]
        if errors and len(errors) == len(runs):
            raise errors[0]

    def _run_task(self, task: Callable[[ServerRun], None], run: ServerRun) -> None:
        """Call ``task``; give up the server of ``run`` if it fails."""
        try:
            task(run)
        except RunStopping:
            return
        except UsageError:
            raise
        except SwitchbackError as error:
            run.give_up(error, self._collector)

    def _run_first(self, run: ServerRun, before: Sequence[ServerRun]) -> None:
        """Plan from a first worker's description of the project, then run parts on that worker.

        Shards take the plans of several servers in turn, so each waits for those ``before``.
        """
        try:
            worker = self._start_worker(run, describes_dependencies=self._cache is not None)
            try:
                project = worker.read_description()
                self._concurrency.decide(project)
                self._collector.add(*worker.cache_failures)
                for other in before if self._planner.shards else ():
                    run.wait_for_plan(other)
                run.add_plan(self._planner.plan(run.server, project, worker.dependencies))
            except BaseException:
                worker.close()
                raise
        finally:
            run.planned.set()
        self._run_parts(run, worker)

    def _run_next(self, run: ServerRun) -> None:
        """Run parts of the plan on a further worker."""
        if run.planned.is_set() and not self._needs_worker(run):
            return
        worker = self._start_worker(run)
        try:
            while not run.planned.is_set():
                run.wait()
            needed = self._needs_worker(run)
            if needed:
                worker.read_description()
        except BaseException:
            worker.close()
            raise
        if needed:
            self._run_parts(run, worker)
        else:
            worker.close()

    def _needs_worker(self, run: ServerRun) -> bool:
        return not (run.stop.is_set() or run.schedule.empty or self._concurrency.one_at_a_time)

    def _run_parts(self, run: ServerRun, first: WorkerProcess) -> None:
        """Run parts from the schedule until it is empty."""
        worker: WorkerProcess | None = first
        try:
            while not run.schedule.empty:
                part = run.schedule.take_next()
                if part is None:
                    run.wait()
                    continue
                try:
                    with self._concurrency.limited(run.stop):
                        idle, worker = worker, None
                        if part.repeat:
                            run.wait_until_recovered()
                        worker = self._run_part(run, part, idle)
                finally:
                    run.schedule.finish()
                    if part.kind in TO_HEAD:
                        # Even if it failed, its cycles must no longer wait for it.
                        run.schedule.release_waiting(part.database)
        finally:
            if worker is not None:
                worker.close()

    def _run_part(self, run: ServerRun, part: Part, worker: WorkerProcess | None) -> WorkerProcess | None:
        """Run ``part``; if the worker dies, run the remaining targets on a new worker.

        Return the worker if it can run another part.
        """
        records: list[AnyRecord] = []

        def observe(record: AnyRecord) -> None:
            self._collector.add(record)
            self._note_for_cache(record, records)
            run.schedule.observe(record)
            if isinstance(record, ConnectionLost) and remaining is not None and part.kind != "checkpoints":
                run.schedule.add_repeat(repeated_part(remaining, record.migrations))

        remaining: Part | None = part
        losses = 0
        while remaining is not None:
            worker = worker or self._start_worker(run)
            with ExitStack() as stack:
                stack.callback(worker.close)
                worker.read_description()
                try:
                    worker.send_part(remaining)
                    reusable = worker.watch_part(observe)
                    if remaining is part:
                        self._keep(run, part, records)
                    if reusable:
                        stack.pop_all()
                        return worker
                    return None
                except StepEndedWorker as ended:
                    self._collector.add(ended.finished)
                    remaining = part_without(remaining, ended.step)
                except WorkerLost as loss:
                    losses += 1
                    cost, remaining = part_after_loss(loss, remaining, last=losses == MAX_WORKER_LOSSES)
                    self._collector.add(*cost)
            worker = None
        return None

    def _note_for_cache(self, record: AnyRecord, records: list[AnyRecord]) -> None:
        if self._cache is not None:
            records.append(record)
            self._cache.results.observe(record)

    def _keep(self, run: ServerRun, part: Part, records: Sequence[AnyRecord]) -> None:
        """Keep the records of a part that one worker ran to its end."""
        if self._cache is not None:
            self._cache.histories.observe(part, run.server, records)
            failed = self._cache.results.keep(part, server_identity(run.server), records)
            if failed is not None:
                self._collector.add(failed)

    def _spawn(self) -> WorkerProcess:
        log = RunFiles(self._folder).worker_log(next(self._numbers))
        return WorkerProcess(self._config.python, self._config.project, log)

    def _start_worker(self, run: ServerRun, *, describes_dependencies: bool = False) -> WorkerProcess:
        try:
            worker = self._ready.pop()
        except IndexError:
            worker = self._spawn()
        server = run.server
        config = WorkerConfig(
            project=str(self._config.project),
            settings=self._config.settings,
            program=self._program,
            # AnyFactory is the union of all factories, which msgspec can encode.
            factory=cast("AnyFactory", server.factory()),
            folder=str(self._folder),
            seed=self._config.seed,
            timeout=self._config.timeout,
            programs=self._programs.get(server.name, ""),
            dump_command=self._config.dump_command,
            rows=self._config.rows,
            scenarios="" if self._config.scenarios is None else str(self._config.scenarios),
            files=str(RunFiles(self._folder).replacements(server.name)),
            keep=self._config.keep,
            deploy_window=not self._config.no_deploy_window,
            cached=self._cache is not None,
            describes_dependencies=describes_dependencies,
            cycles_only=self._config.cycles_only,
        )
        worker.send_config(config, run.stop)
        return worker


def _has_failed(future: Future[None]) -> bool:
    return future.done() and future.exception() is not None
