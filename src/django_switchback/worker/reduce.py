"""The fewest rows with which a trouble of a cycle still shows, found by trials on copies without a row."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple

from django.db import Error
from django.db.migrations.state import ProjectState

from django_switchback.evidence import Direction, Reduced, Reducing, RowGiven, Rows
from django_switchback.worker.alarm import within
from django_switchback.worker.bare import Bare
from django_switchback.worker.boards import Boards
from django_switchback.worker.context import Context, name_of
from django_switchback.worker.cycle import Seen
from django_switchback.worker.delta import OutOfTime, Smallest, smallest
from django_switchback.worker.given import Given, Place, in_order, referred
from django_switchback.worker.migrator import Key
from django_switchback.worker.plain_test import Subject, written_as_test
from django_switchback.worker.plain_values import plain_values, readable
from django_switchback.worker.snapshot.interface import Row
from django_switchback.worker.suspects import Clues, clues, suspected, telling
from django_switchback.worker.trial import Board, Trial
from django_switchback.worker.trouble import About, Trouble, differences, shows_again, troubles

SECONDS = 10.0
"""The most that the search for one trouble takes; a step's own limit, where that is less."""


class Result(NamedTuple):
    """What a search came to, ready to be written down."""

    rows: tuple[RowGiven, ...]
    test: str
    trials: int
    complete: bool


class Reducer:
    """Reduces the troubles of one target, of which ``boards`` have what its rows bring out.

    ``bare`` stands right before it and has none of our rows.
    """

    def __init__(self, context: Context, key: Key, bare: Bare, boards: Boards) -> None:
        self._context = context
        self._key = key
        self._bare = bare
        self._boards = boards
        self._state: ProjectState = bare.state()
        self._until = 0.0

    def record(self, about: About, direction: Direction, fewest: Rows) -> None:
        """Write down the smallest rows for what ``fewest`` of them bring out; nothing where it takes none."""
        if fewest == "none":
            return
        board, first = self._boards.get(fewest)
        self._say(ended=False)
        with suppress(OutOfTime):  # what the target does is known without it
            for trouble in troubles(first):
                if (trouble.about, trouble.direction) == (about, direction):
                    self._search(trouble, board, first)
        self._say(ended=True)

    def _search(self, trouble: Trouble, board: Board, first: Seen) -> None:
        began = time.monotonic()
        self._until = began + min(SECONDS, self._timeout)
        result = _Search(self, trouble, board, first).run()
        if result is not None:
            self._write(trouble, len(board.rows), result, time.monotonic() - began)

    @property
    def _timeout(self) -> float:
        return self._context.confirmer.timeout

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Let nothing take longer than a step may: with other rows, a migration may not come to its end."""
        try:
            with within(seconds, OutOfTime):
                yield
        except OutOfTime:
            # It was interrupted anywhere, between the two ends of a transaction too: connect() forgets those.
            connection = self._context.bench.connection
            connection.close()
            connection.connect()
            raise

    def _say(self, *, ended: bool) -> None:
        """Write down that a search begins: nothing that it does is a step, and each may take the process."""
        # The trials, and a last one of up to three steps.
        most = SECONDS + 3 * self._timeout
        name = name_of(self._key)
        self._context.log.add(
            Reducing(database=self._context.database, migration=name, seconds=most, ended=ended)
        )

    def _write(self, trouble: Trouble, on_board: int, result: Result, seconds: float) -> None:
        self._context.log.add(
            Reduced(
                database=self._context.database,
                migration=name_of(self._key),
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
            )
        )

    def try_with(
        self, board: Board, rows: Given, trouble: Trouble, *, signals: bool = True, last: bool = False
    ) -> Trial:
        """Go through the cycle with ``rows`` of ``board`` and no other, as far as ``trouble`` lies.

        Without ``signals`` it takes half the time. The ``last`` trial is made whatever the time, and keeps
        the rows as their models show them. Raises :class:`OutOfTime`, and ``django.db.Error`` where the
        database refuses a row.
        """
        if not last and time.monotonic() > self._until:
            raise OutOfTime
        with self._context.bench.on(self._bare.copy("reduce")):
            trial = Trial(
                self._context,
                self._key,
                board,
                rows,
                far=trouble.direction == "reapply",
                compared=trouble.about != "step",
                signals=signals,
                show=last,
            )
            with self._within(self._timeout):
                trial.go(self._state, self._boards.start)
        return trial

    def subject(self, trouble: Trouble) -> Subject:
        """Return what a test of ``trouble`` is about."""
        return Subject(
            key=self._key,
            previous=self._context.previous(self._key),
            alias=self._context.bench.alias,
            applied=frozenset(self._bare.applied),
            loader=self._context.migrator.loader,
            state=self._state,
            direction=trouble.direction,
            about=trouble.about,
        )


class _Search:
    """The search for one trouble: first the rows, then which of their values matter."""

    def __init__(self, reducer: Reducer, trouble: Trouble, board: Board, first: Seen) -> None:
        self._reducer = reducer
        self._trouble = trouble
        self._board = board
        self._first = first
        failure = first.taken.failure if trouble.about == "step" and first.taken is not None else None
        self._clues: Clues = clues(failure, differences(trouble, first), first.touched)
        self._aims = referred(board.rows, board.references)
        self._signals = False
        self._trials = 0

    def run(self) -> Result | None:
        """Return the smallest rows; ``None`` where they alone, without what else was done, do not show it.

        What is found without the signals of ``migrate`` must show it with them too.
        """
        found = self._found()
        if found is None:
            self._aims = referred(self._board.rows, self._board.references)
            self._signals = True
            found = self._found()
        return found

    def _found(self) -> Result | None:
        rows = self._fewest(suspected(self._board.rows, self._clues), self._board.rows)
        if rows is None:
            return None
        kept = self._given(rows.kept, self._board.rows)
        values = self._values(kept)
        if values is not None:
            kept = self._without_idle(self._simplified(kept, values.kept))
        last = self._reducer.try_with(self._board, kept, self._trouble, last=True)
        if not shows_again(self._trouble, self._first, last.seen):
            return None
        mattering = values.kept if values is not None else ()
        return Result(
            rows=tuple(self._told(place, row, mattering) for place, row in kept.items()),
            test=written_as_test(
                self._reducer.subject(self._trouble),
                last.shown,
                self._aims,
                differences(self._trouble, last.seen),
            ),
            trials=self._trials,
            complete=rows.complete,
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
            trial = self._reducer.try_with(self._board, rows, self._trouble, signals=self._signals)
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
