"""Records the minimal rows that reproduce each symptom of a cycle, with a test that shows it."""

from __future__ import annotations

import time
from contextlib import suppress

from django_switchback.evidence import Direction, MinimalRowsFound, Minimising, Rows
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.minimise.delta_debugging import OutOfTime
from django_switchback.worker.minimise.pytest_module.write_test import TestSubject
from django_switchback.worker.minimise.search import RowSearch, SearchResult
from django_switchback.worker.minimise.seeded_trials import SeededTrials
from django_switchback.worker.minimise.symptom import Symptom, SymptomSubject, symptoms
from django_switchback.worker.minimise.trial_database import SEARCH_SECONDS, TrialDatabase
from django_switchback.worker.minimise.trial_rows import SeededRows


class Minimiser:
    """Minimises the rows of one target's symptoms, starting from the results in ``seeded_trials``.

    ``unseeded`` is a sandbox right before the target without seeded rows.
    """

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        unseeded: UnseededSandbox,
        seeded_trials: SeededTrials,
        *,
        without_edge: bool = False,
    ) -> None:
        self._context = context
        self._key = key
        self._unseeded = unseeded
        self._seeded_trials = seeded_trials
        self._without_edge = without_edge
        self._database = TrialDatabase(context, key, unseeded, seeded_trials)

    def record(self, about: SymptomSubject, direction: Direction, row_kind: Rows) -> None:
        """Record the minimal rows of a symptom seen with ``row_kind``; nothing if it needs no rows."""
        if row_kind == "none":
            return
        seeded, result = self._seeded_trials.get(row_kind)
        self._record_search(ended=False)
        with suppress(OutOfTime):  # the finding itself does not depend on the minimal rows
            for symptom in symptoms(result):
                if (symptom.about, symptom.direction) == (about, direction):
                    self._search(symptom, seeded, result)
        self._record_search(ended=True)

    def _search(self, symptom: Symptom, seeded: SeededRows, first: CycleResult) -> None:
        started = time.monotonic()
        self._database.begin()
        search_result = RowSearch(self._database, self._subject(symptom), symptom, seeded, first).run()
        if search_result is not None:
            self._record_result(symptom, len(seeded.rows), search_result, time.monotonic() - started)

    def _record_search(self, *, ended: bool) -> None:
        """Record the start or end of a search: its trials are not recorded steps, and may kill the worker."""
        # The trials, and a final trial of up to three steps.
        seconds = SEARCH_SECONDS + 3 * self._database.timeout
        record_trials(self._context, self._key, seconds, ended=ended)

    def _record_result(self, symptom: Symptom, on_board: int, result: SearchResult, seconds: float) -> None:
        self._context.log.add(
            MinimalRowsFound(
                database=self._context.database,
                migration=migration_name(self._key),
                phase="cycle",
                direction=symptom.direction,
                about=symptom.about,
                change=symptom.change,
                on_board=on_board,
                rows=result.rows,
                test=result.test,
                trials=result.trials,
                seconds=seconds,
                complete=result.complete,
                without_edge=self._without_edge,
            )
        )

    def _subject(self, symptom: Symptom) -> TestSubject:
        """Return the subject of a test that shows ``symptom``."""
        return TestSubject(
            key=self._key,
            previous=self._context.previous(self._key),
            alias=self._context.sandboxes.alias,
            applied=frozenset(self._unseeded.applied),
            loader=self._context.migrator.loader,
            state=self._database.state,
            direction=symptom.direction,
            about=symptom.about,
        )


def record_trials(context: PartContext, key: MigrationKey, seconds: float, *, ended: bool) -> None:
    """Record the start or end of trials of ``key`` that take up to ``seconds`` and are not recorded steps."""
    name = migration_name(key)
    context.log.add(Minimising(database=context.database, migration=name, seconds=seconds, ended=ended))
