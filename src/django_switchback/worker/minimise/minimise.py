"""The fewest rows with which a trouble of a cycle still shows, written down."""

from __future__ import annotations

import time
from contextlib import suppress

from django_switchback.evidence import Direction, Reduced, Reducing, Rows
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.cycle import CycleResult
from django_switchback.worker.cycle.empty_sandbox import UnseededTrack
from django_switchback.worker.migrate.migrator import MigrationKey
from django_switchback.worker.minimise.quickxplain import OutOfTime
from django_switchback.worker.minimise.search import RowSearch, SearchResult
from django_switchback.worker.minimise.seeded_trials import SeededTrials
from django_switchback.worker.minimise.symptom import Symptom, SymptomSubject, symptoms
from django_switchback.worker.minimise.trial import SeededRows
from django_switchback.worker.minimise.trial_database import SEARCH_SECONDS, TrialDatabase
from django_switchback.worker.minimise.write_test import TestSubject


class Minimiser:
    """Reduces the troubles of one target, of which ``boards`` have what its rows bring out.

    ``bare`` stands right before it and has none of our rows.
    """

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        bare: UnseededTrack,
        boards: SeededTrials,
        *,
        without_edge: bool = False,
    ) -> None:
        self._context = context
        self._key = key
        self._bare = bare
        self._boards = boards
        self._without_edge = without_edge
        self._ground = TrialDatabase(context, key, bare, boards)

    def record(self, about: SymptomSubject, direction: Direction, fewest: Rows) -> None:
        """Write down the smallest rows for what ``fewest`` of them bring out; nothing where it takes none."""
        if fewest == "none":
            return
        board, first = self._boards.get(fewest)
        self._say(ended=False)
        with suppress(OutOfTime):  # what the target does is known without it
            for trouble in symptoms(first):
                if (trouble.about, trouble.direction) == (about, direction):
                    self._search(trouble, board, first)
        self._say(ended=True)

    def _search(self, trouble: Symptom, board: SeededRows, first: CycleResult) -> None:
        began = time.monotonic()
        self._ground.begin()
        result = RowSearch(self._ground, self._subject(trouble), trouble, board, first).run()
        if result is not None:
            self._write(trouble, len(board.rows), result, time.monotonic() - began)

    def _say(self, *, ended: bool) -> None:
        """Write down that a search begins: nothing that it does is a step, and each may take the process."""
        # The trials, and a last one of up to three steps.
        most = SEARCH_SECONDS + 3 * self._ground.timeout
        name = migration_name(self._key)
        self._context.log.add(
            Reducing(database=self._context.database, migration=name, seconds=most, ended=ended)
        )

    def _write(self, trouble: Symptom, on_board: int, result: SearchResult, seconds: float) -> None:
        self._context.log.add(
            Reduced(
                database=self._context.database,
                migration=migration_name(self._key),
                phase="cycle",
                direction=trouble.direction,
                about=trouble.about,
                change=trouble.change,
                on_board=on_board,
                rows=result.rows,
                test=result.test,
                trials=result.trials,
                seconds=seconds,
                complete=result.complete,
                without_edge=self._without_edge,
            )
        )

    def _subject(self, trouble: Symptom) -> TestSubject:
        """Return what a test of ``trouble`` is about."""
        return TestSubject(
            key=self._key,
            previous=self._context.previous(self._key),
            alias=self._context.sandboxes.alias,
            applied=frozenset(self._bare.applied),
            loader=self._context.migrator.loader,
            state=self._ground.state,
            direction=trouble.direction,
            about=trouble.about,
        )
