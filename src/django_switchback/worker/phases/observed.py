"""What a cycle showed, written down; and with how few rows it shows again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from django.db import utils

from django_switchback.evidence import (
    AnyRecord,
    Classified,
    Compared,
    Comparison,
    Covered,
    OldCodeTried,
    OperationsRan,
    Rows,
)
from django_switchback.worker.cycle.context import Context, name_of
from django_switchback.worker.cycle.cycle import Cycle, Seen
from django_switchback.worker.cycle.empty_sandbox import Bare
from django_switchback.worker.cycle.old_release import Attempt, try_old_code
from django_switchback.worker.migrate.migrator import Key
from django_switchback.worker.minimise.minimise import Reducer
from django_switchback.worker.minimise.row_kinds import NO_EDGE, OLD, ROWS, Trouble, fewest
from django_switchback.worker.minimise.seeded_trials import Boards
from django_switchback.worker.minimise.symptom import shows_again, troubles

_DATABASE = frozenset(name for name in dir(utils) if name.endswith("Error"))
"""The names of what Django raises for the errors of a database."""


def record(context: Context, key: Key, seen: Seen, *, without_edge: bool = False) -> None:
    """Write down what the cycle of ``key`` showed, but for its steps, which are written already."""
    context.log.add(*_records(context, key, seen, without_edge=without_edge))


def _records(context: Context, key: Key, seen: Seen, *, without_edge: bool) -> Iterator[AnyRecord]:
    migration = name_of(key)
    if seen.coverage is not None:
        yield Covered(
            database=context.database,
            migration=migration,
            tables=seen.coverage.tables,
            seeded=seen.coverage.seeded,
            empty=dict(seen.coverage.empty),
            touched=seen.touched,
            rows=seen.rows,
            unwritten=dict(seen.unwritten),
            chosen=seen.coverage.chosen,
            fewer=dict(seen.coverage.fewer),
            scenarios=context.scenarios.expected(key),
            without_edge=without_edge,
        )
    comparisons: tuple[tuple[Literal["restored", "reapplied", "after-failure"], Comparison | None], ...] = (
        ("restored", seen.restored),
        ("reapplied", seen.reapplied),
        ("after-failure", seen.leavings),
    )
    for name, comparison in comparisons:
        if comparison is not None:
            yield Compared(
                database=context.database,
                migration=migration,
                phase="cycle",
                moment=name,
                rows_on_board=seen.on_board,
                comparison=comparison,
                dropped_by_nature=seen.by_nature if name == "restored" else (),
                without_edge=without_edge,
            )
    for change in seen.changes:
        yield OperationsRan(
            database=context.database,
            migration=migration,
            phase="cycle",
            direction=change.direction,
            changed=change.changed,
            operations=change.operations,
            without_edge=without_edge,
        )
    yield from (
        _tried(context, key, attempt, without_edge=without_edge)
        for attempt in seen.attempts
        if attempt.failure is None
    )


def classify(context: Context, key: Key, seen: Seen, bare: Bare) -> None:
    """Try the cycle again with fewer rows, until the fewest are known with which each trouble shows.

    ``bare`` stands right before ``key``. Those fewest rows are written down with the trouble. What edge rows
    alone bring out hides what others would: ``key`` is taken through its cycle without them as well.
    """
    searches = [_Search(context, key, seen, bare, ROWS)]
    try:
        if "edge" in searches[0].found.values():
            searches += _repeats(context, key, seen, bare)
        # Last: by then all that judges the target is written down, whatever these trials come to.
        for search in searches:
            search.reduce()
    finally:
        for search in searches:
            search.boards.drop()


class _Few(Cycle):
    """A cycle with few rows, whatever the run was asked for."""

    many = False


def _repeats(context: Context, key: Key, first: Seen, bare: Bare) -> Iterator[_Search]:
    """Repeat the cycle without edge rows, and without new ones where these keep it from its end as well."""
    again = _without_edge(context, key, first, bare)
    if again.sound or again.failed == "forward":
        return
    search = _Search(context, key, again, bare, NO_EDGE)
    yield search
    if again.failed is None or search.found["step", again.failed] != "new":
        return
    kind = _Few if context.seeder.makes_many else Cycle
    typical = _repeated(kind(context, key, rows="typical", edge=False), context, key, bare)
    if not typical.sound and typical.failed != "forward":
        yield _Search(context, key, typical, bare, OLD)


def _without_edge(context: Context, key: Key, first: Seen, bare: Bare) -> Seen:
    """Return what a cycle with typical and new rows shows, beside ``first``, which had edge rows.

    Copies may do what edge rows do: where anything is amiss with many rows, there is another one with few.
    """
    seen = _repeated(Cycle(context, key, edge=False), context, key, bare)
    if seen.sound or not context.seeder.makes_many:
        return seen
    few = _repeated(_Few(context, key, edge=False), context, key, bare)
    alike = {(one.about, one.direction) for one in troubles(seen) if shows_again(one, first, seen)}
    for trouble in sorted(alike.difference(_troubles(few))):
        _classified(context, key, trouble, "edge", without_edge=True)
    return few


def _repeated(cycle: Cycle, context: Context, key: Key, bare: Bare) -> Seen:
    with context.bench.on(bare.copy("again")):
        seen = cycle.run(bare.state())
        record(context, key, seen, without_edge=True)
    return seen


class _Search:
    """The fewest rows ``among`` those given for the troubles of one cycle, found and written down."""

    def __init__(self, context: Context, key: Key, seen: Seen, bare: Bare, among: tuple[Rows, ...]) -> None:
        self._context = context
        self._key = key
        self._seen = seen
        self._bare = bare
        self._troubles = tuple(_troubles(seen))
        self.boards = self._aboard(among)
        self.found = self._fewest(among)
        self._without_edge = "edge" not in among
        for trouble, rows in self.found.items():
            _classified(context, key, trouble, rows, without_edge=self._without_edge)
        _control(context, key, seen, bare, edge="edge" in among)

    def _aboard(self, among: tuple[Rows, ...]) -> Boards:
        far = any(direction == "reapply" for _, direction in self._troubles)
        return Boards(self._context, self._key, self._bare, self._seen, far=far, edge="edge" in among)

    def _fewest(self, among: tuple[Rows, ...]) -> dict[Trouble, Rows]:
        """Return the fewest rows for each trouble; none may show by want of signals alone.

        Edge rows that never come as far as those did that had gone through earlier targets say nothing.
        """
        found = fewest(self._troubles, self._shows, among, refused=self._refused)
        if "edge" in among and self.boards.short:
            self.boards.drop()
            self.boards = self._aboard(NO_EDGE)
            found = self._fewest(NO_EDGE)
            # What does not show without edge rows at all takes those that had come here.
            return {
                trouble: rows if trouble in self._shows(rows) else "edge" for trouble, rows in found.items()
            }
        if all(trouble in self._shows(rows) for trouble, rows in found.items()):
            return found
        self.boards.with_signals()
        return fewest(self._troubles, self._shows, among, refused=self._refused)

    @property
    def _refused(self) -> bool:
        """Whether a step failed by what the database said."""
        failure = None if self._seen.taken is None else self._seen.taken.failure
        return failure is not None and failure.type in _DATABASE

    def _shows(self, rows: Rows) -> tuple[Trouble, ...]:
        if rows == "none" and self.boards.take_rows:
            return ()
        return tuple(_troubles(self.boards.get(rows)[1]))

    def reduce(self) -> None:
        """Look for the smallest set of rows that does it, for each trouble that takes rows."""
        if all(rows == "none" for rows in self.found.values()):
            return
        reducer = Reducer(self._context, self._key, self._bare, self.boards, without_edge=self._without_edge)
        for trouble, rows in self.found.items():
            reducer.record(*trouble, rows)


def _troubles(seen: Seen) -> Iterator[Trouble]:
    if seen.failed is not None:
        yield "step", seen.failed
    if seen.restored is not None and seen.restored.rows:
        yield "restored", "rollback"
    if seen.reapplied is not None and seen.reapplied.rows:
        yield "reapplied", "reapply"


def _classified(context: Context, key: Key, trouble: Trouble, fewest: Rows, *, without_edge: bool) -> None:
    context.log.add(
        Classified(
            database=context.database,
            migration=name_of(key),
            phase="cycle",
            about=trouble[0],
            direction=trouble[1],
            fewest=fewest,
            without_edge=without_edge,
        )
    )


def _control(context: Context, key: Key, seen: Seen, bare: Bare, *, edge: bool) -> None:
    """Try the statements of the old release that failed on a copy where the target never was."""
    failed = [attempt for attempt in seen.attempts if attempt.failure is not None]
    if not failed:
        return
    with context.bench.on(bare.copy("control")):
        state = bare.state()
        context.seeder.fill(state.apps, edge=edge)
        tables = {attempt.table for attempt in failed}
        before = try_old_code(context.bench.connection, state.apps, tables, context.seeder)
    control = {(attempt.table, attempt.statement): attempt for attempt in before}
    context.log.add(
        *(
            _tried(
                context,
                key,
                attempt,
                control.get((attempt.table, attempt.statement)),
                without_edge=not edge,
            )
            for attempt in failed
        )
    )


def _tried(
    context: Context, key: Key, attempt: Attempt, control: Attempt | None = None, *, without_edge: bool
) -> OldCodeTried:
    return OldCodeTried(
        database=context.database,
        migration=name_of(key),
        table=attempt.table,
        statement=attempt.statement,
        failure=attempt.failure,
        untried=attempt.untried,
        before=None if control is None else control.failure,
        without_edge=without_edge,
    )
