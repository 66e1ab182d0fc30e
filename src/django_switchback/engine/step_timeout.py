"""Decide by a worker's records when its step exceeds ``--timeout``, and who is to blame when it ends."""

from __future__ import annotations

import time

from django_switchback import evidence
from django_switchback.engine.worker_errors import StepEndedWorker, WorkerLost, status_text
from django_switchback.evidence import AnyRecord, Minimising, StepFinished, StepStarted

MAX_SILENCE_SECONDS = 600.0
"""Seconds without any record after which a worker between steps counts as lost."""


class StepTimeout:
    """The step of one part that a worker is running, and the time limit of ``seconds`` for it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: tuple[StepStarted, float] | None = None
        self._last: StepStarted | None = None
        self._minimising: Minimising | None = None
        self._last_record = time.monotonic()

    def observe(self, record: AnyRecord) -> None:
        """Remember which step runs by the next ``record`` of the worker."""
        self._last_record = time.monotonic()
        if isinstance(record, StepStarted):
            self._under_way = record, self._last_record
            self._last = record
        elif isinstance(record, StepFinished):
            self._under_way = None
        elif isinstance(record, Minimising):
            self._minimising = None if record.ended else record

    @property
    def is_exceeded(self) -> bool:
        """Whether the step runs longer than its limit, or a worker between two steps is silent too long."""
        if self._under_way is not None:
            return time.monotonic() - self._under_way[1] > self._seconds
        # A plain manage.py command may take as long as a step, and writes no record.
        longest = (
            self._minimising.seconds if self._minimising else max(MAX_SILENCE_SECONDS, 2 * self._seconds)
        )
        return time.monotonic() - self._last_record > longest

    def error(self, status: int | None, output: str) -> StepEndedWorker | WorkerLost:
        """Return the error for a worker that ended with ``status``, or for ``None`` has to be killed."""
        if self._under_way is None:
            return WorkerLost(status, self._last, output, minimising=self._minimising is not None)
        step, began = self._under_way
        failure = evidence.Failure(
            type="TimedOut" if status is None else "ProcessDied",
            message=f"did not finish within {self._seconds:g} s"
            if status is None
            else f"the process ended: {status_text(status)}",
            traceback=output,
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
            outcome="timed-out" if status is None else "died",
            seconds=time.monotonic() - began,
            failure=failure,
        )
        return StepEndedWorker(step, finished)
