"""The search for the fewest rows with which a trouble of a cycle still shows, and what matters of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import NamedTuple

from django.db import Error

from django_switchback.evidence import SeededRow
from django_switchback.worker.cycle.cycle import CycleResult
from django_switchback.worker.minimise.default_values import default_values, readable_values
from django_switchback.worker.minimise.quickxplain import MinimalSet, minimise
from django_switchback.worker.minimise.ranking import Hints, hints_from, mentioned_columns, rank
from django_switchback.worker.minimise.rolled_back import NotRolledBack
from django_switchback.worker.minimise.rows import RowId, RowsById, referred_first, resolve_foreign_keys
from django_switchback.worker.minimise.symptom import Symptom, shows_again, symptom_differences
from django_switchback.worker.minimise.trial import SeededRows
from django_switchback.worker.minimise.trial_database import Isolation, TrialDatabase
from django_switchback.worker.minimise.write_test import TestSubject, render_test
from django_switchback.worker.snapshot.interface import RowTexts


class SearchResult(NamedTuple):
    """What a search came to, ready to be written down."""

    rows: tuple[SeededRow, ...]
    test: str
    trials: int
    complete: bool


class MinimalRows(NamedTuple):
    """Rows that show it, which of their values have to be what they are, and whether no row is to spare."""

    rows: RowsById
    mattering: tuple[tuple[RowId, str], ...]
    complete: bool


class RowSearch:
    """The search for one trouble: first the rows, then which of their values matter."""

    def __init__(
        self,
        ground: TrialDatabase,
        subject: TestSubject,
        trouble: Symptom,
        board: SeededRows,
        first: CycleResult,
    ) -> None:
        self._ground = ground
        self._subject = subject
        self._trouble = trouble
        self._board = board
        self._first = first
        failure = (
            first.failed_step.failure if trouble.about == "step" and first.failed_step is not None else None
        )
        self._clues: Hints = hints_from(failure, symptom_differences(trouble, first), first.touched)
        self._way: Isolation
        self._trials = 0

    def run(self) -> SearchResult | None:
        """Return the smallest rows; ``None`` where they alone, without what else was done, do not show it.

        What is found in one way must show it on a copy with all signals too; else the next way is tried.
        """
        for way in self._ground.isolations:
            self._way = way
            self._aims = resolve_foreign_keys(self._board.rows, self._board.references)
            found = None
            with suppress(NotRolledBack), self._ground.prepared(way):
                found = self._found()
            result = None if found is None else self._confirmed(found)
            if result is not None:
                return result
        return None

    def _found(self) -> MinimalRows | None:
        rows = self._fewest(rank(self._board.rows, self._clues), self._board.rows)
        if rows is None:
            return None
        kept = self._given(rows.kept, self._board.rows)
        values = self._values(kept)
        if values is None:
            return MinimalRows(kept, (), rows.complete)
        return MinimalRows(
            self._without_idle(self._simplified(kept, values.kept)), values.kept, rows.complete
        )

    def _confirmed(self, found: MinimalRows) -> SearchResult | None:
        try:
            last = self._ground.last(self._trouble, self._board, found.rows)
        except Error:
            # A row that goes in without signals may stand where they put one.
            return None
        if not shows_again(self._trouble, self._first, last.seen):
            return None
        return SearchResult(
            rows=tuple(self._as_evidence(place, row, found.mattering) for place, row in found.rows.items()),
            test=render_test(
                self._subject, last.shown, self._aims, symptom_differences(self._trouble, last.seen)
            ),
            trials=self._trials,
            complete=found.complete,
        )

    def _fewest(self, places: tuple[RowId, ...], rows: RowsById) -> MinimalSet[RowId] | None:
        """Return the fewest of ``places`` whose ``rows`` show it, the most suspected first."""
        needs = {place: tuple(self._aims[place].values()) for place in places}
        # What takes rows does not show without any: that was tried.
        return minimise(places, lambda some: self._shows(self._given(some, rows)), needs, takes_some=True)

    def _without_idle(self, rows: RowsById) -> RowsById:
        """Return ``rows`` without those that are not referred to any more since a reference went null."""
        aims = resolve_foreign_keys(rows, self._board.references)
        if all(self._aims[place] == aims[place] for place in rows):
            return rows
        self._aims = self._aims | aims
        fewer = self._fewest(tuple(rows)[::-1], rows)
        return rows if fewer is None else self._given(fewer.kept, rows)

    def _given(self, places: Collection[RowId], rows: RowsById) -> RowsById:
        some = {place: row for place, row in rows.items() if place in places}
        return {place: some[place] for place in referred_first(some, self._aims)}

    def _shows(self, rows: RowsById) -> bool:
        self._trials += 1
        try:
            trial = self._ground.run_trial(self._trouble, self._board, rows, self._way)
        except Error:
            # What the database refuses is no state that it could ever be in.
            return False
        return shows_again(self._trouble, self._first, trial.seen)

    def _values(self, rows: RowsById) -> MinimalSet[tuple[RowId, str]] | None:
        """Return the values that have to be what they are; ``None`` where there was no time to tell."""
        return minimise(self._replaceable(rows), lambda kept: self._shows(self._simplified(rows, kept)))

    def _replaceable(self, rows: RowsById) -> tuple[tuple[RowId, str], ...]:
        """Return the values that are not plain and may be, the most telling first."""
        found = [
            (place, column)
            for place, row in rows.items()
            for column, plain in self._without_spare_values(place).items()
            if column in row and row[column] != plain
        ]
        telling_ones = {
            (place, column)
            for place, row in rows.items()
            for column in mentioned_columns(place, row, self._clues, self._board.changed)
        }
        return tuple(sorted(found, key=lambda pair: pair not in telling_ones))

    def _without_spare_values(self, place: RowId) -> Mapping[str, str | None]:
        schema = self._board.schemas[place.written]
        keys = self._board.keys.get(place.table, ())
        model = self._board.models.get(place.written, {}).get(place.table)
        connection = self._board.connection
        found = readable_values(
            default_values(schema, place.table, keys, connection.vendor), model, connection
        )
        # A reference is to a row or to none.
        aims = self._board.references.get(place.table, {})
        return {column: value for column, value in found.items() if value is None or column not in aims}

    def _simplified(self, rows: RowsById, kept: Collection[tuple[RowId, str]]) -> RowsById:
        """Return ``rows`` with the plainest value wherever that is not one of ``kept``."""
        found: dict[RowId, RowTexts] = {}
        for place, row in rows.items():
            plain = self._without_spare_values(place)
            found[place] = {
                column: plain[column] if column in plain and (place, column) not in kept else value
                for column, value in row.items()
            }
        return found

    def _as_evidence(
        self, place: RowId, row: RowTexts, mattering: Collection[tuple[RowId, str]]
    ) -> SeededRow:
        plain = self._without_spare_values(place)
        named = set(mentioned_columns(place, row, self._clues, self._board.changed))
        # What is plain by itself was not tried with another value.
        told = [
            column
            for column, value in row.items()
            if (place, column) in mattering
            or (column in named and (column not in plain or value == plain[column]))
        ]
        shown = dict.fromkeys((*self._board.keys.get(place.table, ()), *self._aims.get(place, {}), *told))
        return SeededRow(
            table=place.table,
            written=place.written,
            columns=tuple(column for column in shown if column in row),
            values=dict(row),
        )
