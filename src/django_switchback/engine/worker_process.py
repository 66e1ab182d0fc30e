"""Start and watch one worker process: forward its records, detect timeouts and crashes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from django_switchback import evidence
from django_switchback.engine.worker_errors import (
    ProjectExited,
    ProjectLoadTimedOut,
    ProjectNotLoadable,
    RunStopping,
    StepEndedWorker,
    WorkerLost,
    WorkerNotStarted,
    status_text,
)
from django_switchback.errors import SwitchbackError
from django_switchback.evidence import (
    AnyRecord,
    PartFinished,
    ProjectDescribed,
    ProjectRefused,
    Reducing,
    StepFinished,
    StepStarted,
)
from django_switchback.project.plan import Part
from django_switchback.redaction import Redactor, secrets_in_mapping
from django_switchback.sandbox.interface import ServerFailed
from django_switchback.sandbox.processes import WORKER_VARIABLE, kill_processes
from django_switchback.sandbox.run_files import LogFiles
from django_switchback.worker.protocol import Job

POLL_SECONDS = 0.02
MAX_SILENCE_SECONDS = 600.0
"""Seconds without any record after which a worker between steps counts as lost."""
MAX_LOAD_SECONDS = 300.0
"""Time limit for importing settings, apps and migrations."""
OUTPUT_TAIL_CHARACTERS = 2_000


class WorkerProcess:
    """A worker process, running in the folder ``project``, and the read position in its ``log``."""

    def __init__(self, python: str, project: Path, log: Path) -> None:
        self._python = python
        self._timeout = 0.0
        self._stop = threading.Event()
        self._log = log
        self._output = LogFiles(log).output()
        self._read = 0
        self._under_way: tuple[StepStarted, float] | None = None
        self._last: StepStarted | None = None
        self._reducing: Reducing | None = None
        self._descriptions: list[ProjectDescribed] = []
        self._mark = f"{WORKER_VARIABLE}={log}"
        self._log.touch(mode=0o600)
        with self._output.open("wb") as output:
            try:
                self._process = subprocess.Popen(
                    [python, "-m", "django_switchback.worker"],
                    cwd=project,
                    env={**os.environ, "PYTHONUNBUFFERED": "1", WORKER_VARIABLE: str(log)},
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    # A session of its own: Ctrl-C reaches only the coordinator, which kills the whole group.
                    start_new_session=True,
                )
            except OSError as error:
                raise WorkerNotStarted(python, error.strerror or str(error)) from error

    def send_job(self, job: Job, stop: threading.Event) -> None:
        """Send ``job``; waiting for the worker raises :class:`RunStopping` once ``stop`` is set."""
        self._timeout = job.timeout
        self._stop = stop
        self._send(msgspec.json.encode(job))

    def send_part(self, part: Part) -> None:
        """Send the next part of the plan to run."""
        self._under_way = self._last = self._reducing = None
        self._send(msgspec.json.encode(part))

    def read_description(self) -> tuple[ProjectDescribed, ...]:
        """Wait for the worker's descriptions of the project, one per alias; later calls return the same.

        Raises :class:`ProjectNotLoadable`, :class:`ProjectExited`, :class:`ProjectLoadTimedOut`,
        :class:`WorkerNotStarted` or, after SIGKILL, :class:`WorkerLost`.
        """
        descriptions = self._descriptions
        began = time.monotonic()
        while not descriptions or len(descriptions) < len(descriptions[0].aliases):
            ended = self._process.poll() is not None
            records = self._new_records()
            for record in records:
                if isinstance(record, ProjectRefused):
                    raise ServerFailed(record.reason) if record.server else ProjectNotLoadable(record)
                if isinstance(record, ProjectDescribed):
                    descriptions.append(record)
            if ended and not records:
                raise self._ended_while_loading()
            if time.monotonic() - began > MAX_LOAD_SECONDS:
                raise ProjectLoadTimedOut(MAX_LOAD_SECONDS, self.output())
            self._sleep()
        return tuple(descriptions)

    def _ended_while_loading(self) -> SwitchbackError:
        status = self._process.returncode
        if status == -signal.SIGKILL:
            # Not by the project, but by the system when memory runs out, or by a user.
            return self._loss(status)
        if LogFiles(self._log).started().exists():
            return ProjectExited(status, self.output())
        return WorkerNotStarted(self._python, self.output() or f"it ended with {status_text(status)}")

    def watch_part(self, observe: Callable[[AnyRecord], None]) -> bool:
        """Forward each record to ``observe`` until the part finishes; return whether the worker is reusable.

        Raises :class:`StepEndedWorker`, :class:`WorkerLost`, or :class:`ServerFailed` without a sandbox.
        """
        last_record = time.monotonic()
        while True:
            ended = self._process.poll() is not None
            records = self._new_records()
            for record in records:
                if isinstance(record, ProjectRefused):
                    raise ServerFailed(record.reason)
                self._remember_step(record)
                observe(record)
                if isinstance(record, PartFinished):
                    return not record.spent
            if records:
                last_record = time.monotonic()
            elif ended:
                self._lost("died")
            self._check_time(last_record)
            self._sleep()

    def close(self) -> None:
        """Kill the process and everything it started; remove its log and output."""
        # Also after a normal exit: processes that a migration started may still run.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        kill_processes(self._mark, self._process.pid)
        if self._process.stdin is not None:
            # Flushing unread input raises BrokenPipeError.
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait()
        files = LogFiles(self._log)
        for file in (files.log, files.output(), files.started(), files.secrets(), files.lock()):
            file.unlink(missing_ok=True)

    def output(self) -> str:
        """Return the tail of the output of the worker and the project, with secrets masked."""
        with self._output.open("rb") as output:
            output.seek(max(0, output.seek(0, os.SEEK_END) - OUTPUT_TAIL_CHARACTERS))
            text = output.read().decode("utf-8", "replace").strip()
        path = LogFiles(self._log).secrets()
        secrets: tuple[str, ...] = tuple(json.loads(path.read_bytes())) if path.exists() else ()
        return Redactor((*secrets, *secrets_in_mapping(os.environ))).text(text)

    def _send(self, line: bytes) -> None:
        if self._process.stdin is None:
            raise WorkerNotStarted(self._python, "its standard input is closed")
        try:
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            # The worker has exited; the next read of its log reports why.
            return

    def _new_records(self) -> list[AnyRecord]:
        records, self._read = evidence.follow(self._log, self._read)
        return records

    def _remember_step(self, record: AnyRecord) -> None:
        if isinstance(record, StepStarted):
            self._under_way = record, time.monotonic()
            self._last = record
        elif isinstance(record, StepFinished):
            self._under_way = None
        elif isinstance(record, Reducing):
            self._reducing = None if record.ended else record

    def _check_time(self, last_record: float) -> None:
        if self._under_way is not None:
            if time.monotonic() - self._under_way[1] > self._timeout:
                self._lost("timed-out")
            return
        # A plain manage.py command may take as long as a step, and writes no record.
        longest = self._reducing.seconds if self._reducing else max(MAX_SILENCE_SECONDS, 2 * self._timeout)
        if time.monotonic() - last_record > longest:
            raise self._loss(None)

    def _loss(self, status: int | None) -> WorkerLost:
        return WorkerLost(status, self._last, self.output(), reducing=self._reducing is not None)

    def _lost(self, outcome: evidence.Outcome) -> None:
        if self._under_way is None:
            raise self._loss(self._process.returncode)
        step, began = self._under_way
        status = self._process.poll()
        failure = evidence.Failure(
            type="TimedOut" if outcome == "timed-out" else "ProcessDied",
            message=f"no end after {self._timeout:g} s"
            if status is None
            else f"the process ended: {status_text(status)}",
            traceback=self.output(),
        )
        finished = StepFinished(
            database=step.database,
            part=step.part,
            migration=step.migration,
            phase=step.phase,
            direction=step.direction,
            rows=step.rows,
            trial=step.trial,
            without_edge=step.without_edge,
            outcome=outcome,
            seconds=time.monotonic() - began,
            failure=failure,
        )
        raise StepEndedWorker(step, finished)

    def _sleep(self) -> None:
        if self._stop.wait(POLL_SECONDS):
            raise RunStopping
