"""The search for the fewest rows with which a trouble of a cycle still shows, and what matters of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import NamedTuple

from django.db import Error

from django_switchback.evidence import RowGiven
from django_switchback.worker.cycle.cycle import Seen
from django_switchback.worker.minimise.default_values import plain_values, readable
from django_switchback.worker.minimise.quickxplain import Smallest, smallest
from django_switchback.worker.minimise.ranking import Clues, clues, suspected, telling
from django_switchback.worker.minimise.rolled_back import NotUndone
from django_switchback.worker.minimise.rows import Given, Place, in_order, referred
from django_switchback.worker.minimise.symptom import Trouble, differences, shows_again
from django_switchback.worker.minimise.trial import Board
from django_switchback.worker.minimise.trial_database import Ground, Way
from django_switchback.worker.minimise.write_test import Subject, written_as_test
from django_switchback.worker.snapshot.interface import Row


class Result(NamedTuple):
    """What a search came to, ready to be written down."""

    rows: tuple[RowGiven, ...]
    test: str
    trials: int
    complete: bool


class Found(NamedTuple):
    """Rows that show it, which of their values have to be what they are, and whether no row is to spare."""

    rows: Given
    mattering: tuple[tuple[Place, str], ...]
    complete: bool


class Search:
    """The search for one trouble: first the rows, then which of their values matter."""

    def __init__(self, ground: Ground, subject: Subject, trouble: Trouble, board: Board, first: Seen) -> None:
        self._ground = ground
        self._subject = subject
        self._trouble = trouble
        self._board = board
        self._first = first
        failure = first.taken.failure if trouble.about == "step" and first.taken is not None else None
        self._clues: Clues = clues(failure, differences(trouble, first), first.touched)
        self._way: Way
        self._trials = 0

    def run(self) -> Result | None:
        """Return the smallest rows; ``None`` where they alone, without what else was done, do not show it.

        What is found in one way must show it on a copy with all signals too; else the next way is tried.
        """
        for way in self._ground.ways:
            self._way = way
            self._aims = referred(self._board.rows, self._board.references)
            found = None
            with suppress(NotUndone), self._ground.prepared(way):
                found = self._found()
            result = None if found is None else self._confirmed(found)
            if result is not None:
                return result
        return None

    def _found(self) -> Found | None:
        rows = self._fewest(suspected(self._board.rows, self._clues), self._board.rows)
        if rows is None:
            return None
        kept = self._given(rows.kept, self._board.rows)
        values = self._values(kept)
        if values is None:
            return Found(kept, (), rows.complete)
        return Found(self._without_idle(self._simplified(kept, values.kept)), values.kept, rows.complete)

    def _confirmed(self, found: Found) -> Result | None:
        try:
            last = self._ground.last(self._trouble, self._board, found.rows)
        except Error:
            # A row that goes in without signals may stand where they put one.
            return None
        if not shows_again(self._trouble, self._first, last.seen):
            return None
        return Result(
            rows=tuple(self._told(place, row, found.mattering) for place, row in found.rows.items()),
            test=written_as_test(
                self._subject, last.shown, self._aims, differences(self._trouble, last.seen)
            ),
            trials=self._trials,
            complete=found.complete,
        )

    def _fewest(self, places: tuple[Place, ...], rows: Given) -> Smallest[Place] | None:
        """Return the fewest of ``places`` whose ``rows`` show it, the most suspected first."""
        needs = {place: tuple(self._aims[place].values()) for place in places}
        # What takes rows does not show without any: that was tried.
        return smallest(places, lambda some: self._shows(self._given(some, rows)), needs, takes_some=True)

    def _without_idle(self, rows: Given) -> Given:
        """Return ``rows`` without those that are not referred to any more since a reference went null."""
        aims = referred(rows, self._board.references)
        if all(self._aims[place] == aims[place] for place in rows):
            return rows
        self._aims = self._aims | aims
        fewer = self._fewest(tuple(rows)[::-1], rows)
        return rows if fewer is None else self._given(fewer.kept, rows)

    def _given(self, places: Collection[Place], rows: Given) -> Given:
        some = {place: row for place, row in rows.items() if place in places}
        return {place: some[place] for place in in_order(some, self._aims)}

    def _shows(self, rows: Given) -> bool:
        self._trials += 1
        try:
            trial = self._ground.shown(self._trouble, self._board, rows, self._way)
        except Error:
            # What the database refuses is no state that it could ever be in.
            return False
        return shows_again(self._trouble, self._first, trial.seen)

    def _values(self, rows: Given) -> Smallest[tuple[Place, str]] | None:
        """Return the values that have to be what they are; ``None`` where there was no time to tell."""
        return smallest(self._replaceable(rows), lambda kept: self._shows(self._simplified(rows, kept)))

    def _replaceable(self, rows: Given) -> tuple[tuple[Place, str], ...]:
        """Return the values that are not plain and may be, the most telling first."""
        found = [
            (place, column)
            for place, row in rows.items()
            for column, plain in self._plain(place).items()
            if column in row and row[column] != plain
        ]
        telling_ones = {
            (place, column)
            for place, row in rows.items()
            for column in telling(place, row, self._clues, self._board.changed)
        }
        return tuple(sorted(found, key=lambda one: one not in telling_ones))

    def _plain(self, place: Place) -> Mapping[str, str | None]:
        schema = self._board.schemas[place.written]
        keys = self._board.keys.get(place.table, ())
        model = self._board.models.get(place.written, {}).get(place.table)
        connection = self._board.connection
        found = readable(plain_values(schema, place.table, keys, connection.vendor), model, connection)
        # A reference is to a row or to none.
        aims = self._board.references.get(place.table, {})
        return {column: value for column, value in found.items() if value is None or column not in aims}

    def _simplified(self, rows: Given, kept: Collection[tuple[Place, str]]) -> Given:
        """Return ``rows`` with the plainest value wherever that is not one of ``kept``."""
        found: dict[Place, Row] = {}
        for place, row in rows.items():
            plain = self._plain(place)
            found[place] = {
                column: plain[column] if column in plain and (place, column) not in kept else value
                for column, value in row.items()
            }
        return found

    def _told(self, place: Place, row: Row, mattering: Collection[tuple[Place, str]]) -> RowGiven:
        plain = self._plain(place)
        named = set(telling(place, row, self._clues, self._board.changed))
        # What is plain by itself was not tried with another value.
        told = [
            column
            for column, value in row.items()
            if (place, column) in mattering
            or (column in named and (column not in plain or value == plain[column]))
        ]
        shown = dict.fromkeys((*self._board.keys.get(place.table, ()), *self._aims.get(place, {}), *told))
        return RowGiven(
            table=place.table,
            written=place.written,
            columns=tuple(column for column in shown if column in row),
            values=dict(row),
        )
