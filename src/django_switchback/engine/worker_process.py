"""Start and watch one worker process: forward its records, and report that it ended or has to be killed."""

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
from django_switchback.engine.step_timeout import StepTimeout
from django_switchback.engine.worker_errors import (
    ProjectExited,
    ProjectLoadTimedOut,
    ProjectNotLoadable,
    RunStopping,
    WorkerLost,
    WorkerNotStarted,
    status_text,
)
from django_switchback.errors import SwitchbackError
from django_switchback.evidence import (
    AnyRecord,
    CacheFailed,
    DependenciesDescribed,
    PartFinished,
    ProjectDescribed,
    ProjectRefused,
)
from django_switchback.project.plan import Part
from django_switchback.redaction import Redactor, secrets_in_mapping
from django_switchback.sandbox.interface import ServerFailed
from django_switchback.sandbox.processes import WORKER_VARIABLE, kill_processes
from django_switchback.sandbox.run_files import LogFiles
from django_switchback.worker.protocol import WorkerConfig

POLL_SECONDS = 0.02
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
        self._step = StepTimeout(0.0)
        self._descriptions: list[ProjectDescribed] = []
        self.dependencies: dict[str, DependenciesDescribed] = {}
        """What cycles depend on, by alias, if its configuration asks for it; known with the descriptions."""
        self.cache_failures: list[CacheFailed] = []
        """Why that is not known."""
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

    def send_config(self, config: WorkerConfig, stop: threading.Event) -> None:
        """Send ``config``; waiting for the worker raises :class:`RunStopping` once ``stop`` is set."""
        self._timeout = config.timeout
        self._stop = stop
        self._send(msgspec.json.encode(config))

    def send_part(self, part: Part) -> None:
        """Send the next part of the plan to run."""
        self._step = StepTimeout(self._timeout)
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
                self._take_in(record)
            if ended and not records:
                raise self._ended_while_loading()
            if time.monotonic() - began > MAX_LOAD_SECONDS:
                raise ProjectLoadTimedOut(MAX_LOAD_SECONDS, self.output())
            self._sleep()
        return tuple(descriptions)

    def _take_in(self, record: AnyRecord) -> None:
        match record:
            case ProjectRefused():
                raise ServerFailed(record.reason) if record.server else ProjectNotLoadable(record)
            case DependenciesDescribed():
                self.dependencies[record.alias] = record
            case CacheFailed():
                self.cache_failures.append(record)
            case ProjectDescribed():
                self._descriptions.append(record)

    def _ended_while_loading(self) -> SwitchbackError:
        status = self._process.returncode
        if status == -signal.SIGKILL:
            # Not by the project, but by the system when memory runs out, or by a user.
            return WorkerLost(status, None, self.output())
        if LogFiles(self._log).started().exists():
            return ProjectExited(status, self.output())
        return WorkerNotStarted(self._python, self.output() or f"it ended with {status_text(status)}")

    def watch_part(self, observe: Callable[[AnyRecord], None]) -> bool:
        """Forward each record to ``observe`` until the part finishes; return whether the worker is reusable.

        Raises :class:`StepEndedWorker`, :class:`WorkerLost`, or :class:`ServerFailed` without a sandbox.
        """
        while True:
            ended = self._process.poll() is not None
            records = self._new_records()
            for record in records:
                if isinstance(record, ProjectRefused):
                    raise ServerFailed(record.reason)
                self._step.observe(record)
                observe(record)
                if isinstance(record, PartFinished):
                    return not record.spent
            if ended and not records:
                raise self._step.error(self._process.returncode, self.output())
            if self._step.is_exceeded:
                raise self._step.error(self._process.poll(), self.output())
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

    def _sleep(self) -> None:
        if self._stop.wait(POLL_SECONDS):
            raise RunStopping
