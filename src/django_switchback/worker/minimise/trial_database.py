"""Where the trials of a search are made: on a copy each, or on one that every trial leaves as it was."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

from django.db.migrations.state import ProjectState

from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.empty_sandbox import UnseededTrack
from django_switchback.worker.migrate.migrator import MigrationKey
from django_switchback.worker.minimise.quickxplain import OutOfTime
from django_switchback.worker.minimise.rolled_back import rolled_back
from django_switchback.worker.minimise.rows import RowsById
from django_switchback.worker.minimise.seeded_trials import SeededTrials
from django_switchback.worker.minimise.symptom import Symptom
from django_switchback.worker.minimise.trial import RowTrial, SeededRows
from django_switchback.worker.process.time_limit import time_limit

SEARCH_SECONDS = 10.0
"""The most that the search for one trouble takes; a step's own limit, where that is less."""

Isolation: TypeAlias = Literal["undone", "copies", "signals"]
"""How trials are made: each in a transaction that is rolled back, or on a copy of its own; that without the
signals of ``migrate`` or with them, which takes twice the time."""


class TrialDatabase:
    """Takes the cycle of ``key`` with rows of one board, from ``bare``, which stands right before it."""

    def __init__(
        self, context: PartContext, key: MigrationKey, bare: UnseededTrack, boards: SeededTrials
    ) -> None:
        self._context = context
        self._key = key
        self._bare = bare
        self._boards = boards
        self.state: ProjectState = bare.state()
        self._until = 0.0

    @property
    def timeout(self) -> float:
        """The most seconds that a step may take."""
        return self._context.confirmer.timeout

    @property
    def isolations(self) -> tuple[Isolation, ...]:
        """How trials can be made, what takes least first."""
        # SQLite's schema editor refuses to work in a transaction, and copies of its files are quickly made.
        in_one = self._context.sandboxes.connection.vendor == "postgresql"
        atomic = self._context.migrator.node(self._key).atomic
        return ("undone", "copies", "signals") if in_one and atomic else ("copies", "signals")

    def begin(self) -> None:
        """Let the time of a search run from now on."""
        self._until = time.monotonic() + min(SEARCH_SECONDS, self.timeout)

    @contextmanager
    def prepared(self, way: Isolation) -> Iterator[None]:
        """Have what trials need that are made in this ``way``."""
        if way != "undone":
            yield
            return
        with self._on_a_copy():
            yield

    def run_trial(self, trouble: Symptom, board: SeededRows, rows: RowsById, way: Isolation) -> RowTrial:
        """Go through the cycle with ``rows`` of ``board`` and no other, as far as ``trouble`` lies.

        Raises :class:`OutOfTime`, ``django.db.Error`` where the database refuses a row, and
        :class:`NotRolledBack`, after which no other trial can be made here.
        """
        if time.monotonic() > self._until:
            raise OutOfTime
        trial = self._trial(trouble, board, rows, signals=way == "signals")
        context = self._context
        context.migrator.undone = way == "undone"
        try:
            with rolled_back(context.sandboxes.connection) if context.migrator.undone else self._on_a_copy():
                self._go(trial)
        finally:
            context.migrator.undone = False
        return trial

    def last(self, trouble: Symptom, board: SeededRows, rows: RowsById) -> RowTrial:
        """As :meth:`run_trial`, whatever the time, with all signals; rows are as their models have them.

        On a copy of its own: what was found where trials were undone is not known to hold anywhere else.
        """
        trial = self._trial(trouble, board, rows, signals=True, show=True)
        with self._on_a_copy():
            self._go(trial)
        return trial

    def _trial(
        self, trouble: Symptom, board: SeededRows, rows: RowsById, *, signals: bool, show: bool = False
    ) -> RowTrial:
        return RowTrial(
            self._context,
            self._key,
            board,
            rows,
            far=trouble.direction == "reapply",
            compared=trouble.about != "step",
            signals=signals,
            show=show,
        )

    @contextmanager
    def _on_a_copy(self) -> Iterator[None]:
        with self._context.sandboxes.switched_to(self._bare.clone("reduce")):
            yield

    def _go(self, trial: RowTrial) -> None:
        """Let nothing take longer than a step may: with other rows, a migration may not come to its end."""
        try:
            with time_limit(self.timeout, OutOfTime):
                trial.run_until(self.state, self._boards.start)
        except OutOfTime:
            # It was interrupted anywhere, between the two ends of a transaction too: connect() forgets those.
            connection = self._context.sandboxes.connection
            connection.close()
            connection.connect()
            raise
