"""The workers of a run: who is started when, and what becomes of the share of one that died."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import cast

import msgspec

from django_switchback.config import Config
from django_switchback.evidence import (
    AnyRecord,
    DatabaseBroken,
    DatabaseStarted,
    NotRun,
    ProjectDescribed,
    ScratchFinished,
)
from django_switchback.progress import Progress
from django_switchback.project.plan import REHEARSAL, Kind, Part, parts, without
from django_switchback.project.targets import Wanted, select
from django_switchback.recorder import Recorder
from django_switchback.sandbox.factories import AnyFactory
from django_switchback.sandbox.interface import Server
from django_switchback.supervisor import StepDied, Stopped, Worker, WorkerLost
from django_switchback.worker.protocol import Job

MOST_LOSSES = 4
"""So often one share may lose its worker between two steps; more than that is no single migration's doing."""
_PAUSE = 0.01
"""Seconds between two looks at whether a plan is made."""


class Crew:
    """At most ``config.jobs`` workers at a time, each watched by a thread of its own."""

    def __init__(
        self,
        config: Config,
        wanted: Wanted,
        recorder: Recorder,
        progress: Progress,
        folder: Path,
        kinds: tuple[Kind, ...] = REHEARSAL,
        programs: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._config = config
        self._wanted = wanted
        self._recorder = recorder
        self._progress = progress
        self._folder = folder
        self._kinds = kinds
        self._programs = programs
        self._stop = threading.Event()
        self._numbers = itertools.count(1)
        self._gone_through: dict[str, threading.Event] = {}
        """By database: whether the way to head is behind, or nobody goes it any more."""

    def work(self, servers: Sequence[Server]) -> None:
        """Carry out the whole plan on each of ``servers``.

        The first error that is nobody's evidence ends all workers and is raised, Ctrl-C too.
        """
        with ThreadPoolExecutor(max_workers=self._config.jobs, thread_name_prefix="switchback") as pool:
            try:
                plans: list[Future[tuple[Part, ...]]] = [Future() for _ in servers]
                running = [
                    pool.submit(self._lead, server, plan) for server, plan in zip(servers, plans, strict=True)
                ]
                # These load the project while the first ones do, and wait for what those find.
                followed = zip(servers, plans, strict=True) if len(self._kinds) > 1 else ()
                running += [pool.submit(self._follow, server, plan) for server, plan in followed]
                for server, plan in zip(servers, plans, strict=True):
                    while not plan.done() and not any(map(_failed, running)):
                        time.sleep(_PAUSE)
                    others = plan.result()[min(2, len(self._kinds)) :] if plan.done() else ()
                    running += [pool.submit(self._carry_out, server, part) for part in others]
                _raise_first(running)
            finally:
                self._stop.set()

    def _lead(self, server: Server, plan: Future[tuple[Part, ...]]) -> None:
        """Let a worker describe the project, make the plan, and let it carry out the first part."""
        worker = self._start(server)
        try:
            try:
                plan.set_result(self._plan(server, worker.described()))
            except BaseException as error:
                plan.set_exception(error)
                raise
            first = plan.result()[:1]
        except BaseException:
            worker.close()
            raise
        self._carry_out(server, first[0] if first else None, worker)

    def _follow(self, server: Server, plan: Future[tuple[Part, ...]]) -> None:
        """Let a second worker load the project, and carry out the second part."""
        worker = self._start(server)
        try:
            second = self._await(plan)[1:2]
            if second:
                worker.described()
        except BaseException:
            worker.close()
            raise
        self._carry_out(server, second[0] if second else None, worker)

    def _await(self, plan: Future[tuple[Part, ...]]) -> tuple[Part, ...]:
        """Return the plan once it is made; nothing where that failed, which its maker tells."""
        while not plan.done():
            if self._stop.wait(_PAUSE):
                raise Stopped
        return plan.result() if plan.exception() is None else ()

    def _plan(self, server: Server, project: Sequence[ProjectDescribed]) -> tuple[Part, ...]:
        """Return the parts of all aliases, the default one's first."""
        planned: list[Part] = []
        for alias in project:
            database = server.name if alias.alias == "default" else f"{server.name}/{alias.alias}"
            targets = select(alias, self._wanted)
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
            shares = parts(alias, database, targets, self._kinds)
            self._gone_through[database] = threading.Event()
            self._progress.planned(database, sum(part.steps for part in shares))
            planned += shares
        return tuple(planned)

    def _carry_out(self, server: Server, part: Part | None, worker: Worker | None = None) -> None:
        """Carry ``part`` out; what is left of it after a worker died goes to a new one."""
        try:
            self._carry_on(server, part, worker)
        finally:
            if part is not None and part.kind == "scratch":
                # Whatever became of it, nobody waits for it any longer.
                self._gone_through[part.database].set()

    def _carry_on(self, server: Server, part: Part | None, worker: Worker | None) -> None:
        losses = 0
        while part is not None:
            worker = worker or self._start(server)
            with closing(worker):
                worker.described()
                share = part
                try:
                    part = self._attempt(worker, share)
                except WorkerLost as loss:
                    losses += 1
                    part = self._after(loss, share, last=losses == MOST_LOSSES)
            worker = None
        if worker is not None:
            worker.close()

    def _attempt(self, worker: Worker, part: Part) -> Part | None:
        """Let ``worker`` carry ``part`` out; return what is left of it where a step took the worker along."""
        if part.kind == "cycles" and "scratch" in self._kinds:
            self._wait_for_stations(part.database)
        try:
            worker.assign(part)
            worker.watch(self._heard)
        except StepDied as death:
            self._recorder.add(death.finished)
            return without(part, death.step)
        return None

    def _heard(self, record: AnyRecord) -> None:
        self._recorder.add(record)
        if isinstance(record, ScratchFinished):
            self._gone_through[record.database].set()

    def _wait_for_stations(self, database: str) -> None:
        """Wait until the cycles can begin where the way to head has left copies for them."""
        while not self._gone_through[database].is_set():
            if self._stop.wait(_PAUSE):
                raise Stopped

    def _after(self, loss: WorkerLost, part: Part, *, last: bool) -> Part | None:
        """Go on without the migration whose step came last before a worker was lost, if there is one."""
        if loss.after is None or last:
            self._recorder.add(DatabaseBroken(database=part.database, reason=str(loss)))
            return None
        migration, reason = loss.after.migration, str(loss)
        if loss.reducing:
            # It is applied on the way to the next target, and nothing else is asked of it.
            return without(part, msgspec.structs.replace(loss.after, direction="rollback"))
        if migration in part.targets:
            self._recorder.add(NotRun(database=part.database, migration=migration, reason=reason, error=True))
        else:
            self._recorder.add(DatabaseBroken(database=part.database, reason=reason))
        return without(part, loss.after)

    def _start(self, server: Server) -> Worker:
        job = Job(
            project=str(self._config.project),
            settings=self._config.settings,
            # Every factory there is is one of these, which is what msgspec can hand on.
            factory=cast("AnyFactory", server.factory()),
            log=str(self._folder / f"worker-{next(self._numbers)}.jsonl"),
            folder=str(self._folder),
            seed=self._config.seed,
            timeout=self._config.timeout,
            programs=self._programs.get(server.name, ""),
            dump_command=self._config.dump_command,
            rows=self._config.rows,
            scenarios="" if self._config.scenarios is None else str(self._config.scenarios),
        )
        return Worker(self._config.python, job, self._stop)


def _failed(future: Future[None]) -> bool:
    return future.done() and future.exception() is not None


def _raise_first(futures: Sequence[Future[None]]) -> None:
    """Wait for ``futures``; raise the first error there is."""
    done, _ = wait(futures, return_when=FIRST_EXCEPTION)
    for future in futures:
        if future in done and not isinstance(future.exception(), Stopped):
            future.result()
