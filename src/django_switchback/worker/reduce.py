"""The fewest rows with which a trouble of a cycle still shows, found by trials on copies without a row."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple, TypeAlias

from django.db import Error
from django.db.migrations.state import ProjectState

from django_switchback.evidence import Direction, Reduced, RowDifference, RowGiven, Rows
from django_switchback.worker.bare import Bare
from django_switchback.worker.context import Context, name_of
from django_switchback.worker.cycle import Seen
from django_switchback.worker.delta import OutOfTime, Smallest, smallest
from django_switchback.worker.given import Given, Place, in_order, referred
from django_switchback.worker.migrator import Key
from django_switchback.worker.plain_test import Subject, written_as_test
from django_switchback.worker.plain_values import plain_values
from django_switchback.worker.snapshot.interface import Row
from django_switchback.worker.suspects import Clues, clues, suspected, telling
from django_switchback.worker.trial import Board, Boarding, Trial

SECONDS = 10.0
"""The most that the search for one trouble takes; a step's own limit, where that is less."""

About: TypeAlias = Literal["step", "restored", "reapplied"]
Change: TypeAlias = Literal["values", "left"]


class Trouble(NamedTuple):
    """What is to show again: a step that raises, or rows that differ at a moment.

    ``change``: of a comparison, whether old values are lost or changed, or rows are there that were not.
    """

    about: About
    direction: Direction
    change: Change | None = None


def troubles(seen: Seen) -> tuple[Trouble, ...]:
    """Return what rows brought out in one cycle."""
    found = [Trouble("step", seen.failed)] if seen.failed is not None else []
    if seen.restored is not None:
        found += [Trouble("restored", "rollback", change) for change in _changes(seen.restored.rows)]
    if seen.reapplied is not None:
        found += [Trouble("reapplied", "reapply", change) for change in _changes(seen.reapplied.rows)]
    return tuple(found)


def _changes(differences: tuple[RowDifference, ...]) -> tuple[Change, ...]:
    values = any(one.lost or one.changed for one in differences)
    left = any(one.added for one in differences)
    return (*(("values",) if values else ()), *(("left",) if left else ()))


def differences(trouble: Trouble, seen: Seen) -> tuple[RowDifference, ...]:
    """Return the tables of ``seen`` in which ``trouble`` shows."""
    comparison = seen.restored if trouble.about == "restored" else seen.reapplied
    if trouble.about == "step" or comparison is None:
        return ()
    return tuple(
        one for one in comparison.rows if (one.added if trouble.change == "left" else one.lost or one.changed)
    )


def shows_again(trouble: Trouble, first: Seen, again: Seen) -> bool:
    """Tell whether ``again`` shows the trouble that ``first`` showed: the same exception, the same tables."""
    if trouble.about == "step":
        was, now = first.taken, again.taken
        return (
            (first.failed, trouble.direction) == (again.failed, again.failed)
            and was is not None
            and now is not None
            and was.failure is not None
            and now.failure is not None
            and was.failure.type == now.failure.type
            and was.failure.sqlstate == now.failure.sqlstate
            and was.failure.operation == now.failure.operation
        )
    tables = {one.table for one in differences(trouble, first)}
    return any(one.table in tables for one in differences(trouble, again))


class Result(NamedTuple):
    """What a search came to, ready to be written down."""

    rows: tuple[RowGiven, ...]
    test: str
    trials: int
    complete: bool


class Reducer:
    """Reduces the troubles of one target; ``bare`` stands right before it and has none of our rows."""

    def __init__(self, context: Context, key: Key, bare: Bare) -> None:
        self._context = context
        self._key = key
        self._bare = bare
        self._boards: dict[Rows, tuple[Board, Seen]] = {}
        self._state: ProjectState = bare.state()
        self._until = 0.0

    def record(self, about: About, direction: Direction, fewest: Rows) -> None:
        """Write down the smallest rows for what ``fewest`` of them bring out; nothing where it takes none."""
        if fewest == "none":
            return
        board, first = self._board(fewest)
        for trouble in troubles(first):
            if (trouble.about, trouble.direction) == (about, direction):
                began = time.monotonic()
                self._until = began + min(SECONDS, self._context.confirmer.timeout)
                result = _Search(self, trouble, board, first).run()
                if result is not None:
                    self._write(trouble, len(board.rows), result, time.monotonic() - began)

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

    def try_with(self, board: Board, rows: Given, trouble: Trouble, *, last: bool = False) -> Trial:
        """Go through the cycle with ``rows`` of ``board`` and no other, as far as ``trouble`` lies.

        The ``last`` trial is made whatever the time, and keeps the rows as their models show them. Raises
        :class:`OutOfTime`, and ``django.db.Error`` where the database refuses a row.
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
                show=last,
            )
            trial.go(self._state)
        return trial

    def _board(self, rows: Rows) -> tuple[Board, Seen]:
        """Return the rows on board with this temperament, and what the cycle with all of them shows."""
        if rows not in self._boards:
            with self._context.bench.on(self._bare.copy("board")):
                boarding = Boarding(self._context, self._key, rows)
                seen = boarding.run(self._state)
            self._boards[rows] = boarding.board(), seen
        return self._boards[rows]

    def subject(self, trouble: Trouble) -> Subject:
        """Return what a test of ``trouble`` is about."""
        return Subject(
            key=self._key,
            previous=self._context.previous(self._key),
            alias=self._context.bench.alias,
            applied=frozenset(self._bare.applied),
            loader=self._context.migrator.loader,
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

    def run(self) -> Result | None:
        """Return the smallest rows; ``None`` where they alone, without what else was done, do not show it."""
        needs = {place: tuple(aims.values()) for place, aims in self._aims.items()}
        rows = smallest(suspected(self._board.rows, self._clues), self._shows_rows, needs)
        if rows is None:
            return None
        kept = self._given(rows.kept)
        values = self._values(kept)
        if values is not None:
            kept = self._simplified(kept, values.kept)
        last = self._reducer.try_with(self._board, kept, self._trouble, last=True)
        mattering = values.kept if values is not None else ()
        return Result(
            rows=tuple(self._told(place, row, mattering) for place, row in kept.items()),
            test=written_as_test(
                self._reducer.subject(self._trouble),
                last.shown,
                self._aims,
                differences(self._trouble, last.seen),
            ),
            trials=rows.trials + (values.trials if values is not None else 0) + 1,
            complete=rows.complete,
        )

    def _given(self, places: Collection[Place]) -> Given:
        rows = {place: row for place, row in self._board.rows.items() if place in set(places)}
        return {place: rows[place] for place in in_order(rows, self._aims)}

    def _shows_rows(self, places: frozenset[Place]) -> bool:
        return self._shows(self._given(places))

    def _shows(self, rows: Given) -> bool:
        try:
            trial = self._reducer.try_with(self._board, rows, self._trouble)
        except Error:
            # What the database refuses is no state that it could ever be in.
            return False
        return shows_again(self._trouble, self._first, trial.seen)

    def _values(self, rows: Given) -> Smallest[tuple[Place, str]] | None:
        """Return the values that have to be what they are; ``None`` where there was no time to tell."""
        return smallest(self._replaceable(rows), lambda kept: self._shows(self._simplified(rows, kept)))

    def _replaceable(self, rows: Given) -> tuple[tuple[Place, str], ...]:
        """Return the values that are not plain and refer to nothing, the most telling first."""
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
        kept = {*self._board.keys.get(place.table, ()), *self._board.references.get(place.table, {})}
        return plain_values(schema, place.table, kept, self._board.vendor)

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
