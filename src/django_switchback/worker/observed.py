"""What a cycle showed, written down; and with how few rows it shows again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from django_switchback.evidence import (
    AnyRecord,
    Classified,
    Compared,
    Comparison,
    Covered,
    OldCodeTried,
    Rows,
)
from django_switchback.worker.bare import Bare
from django_switchback.worker.boards import Boards
from django_switchback.worker.context import Context, name_of
from django_switchback.worker.cycle import Seen
from django_switchback.worker.fewest import Trouble, fewest
from django_switchback.worker.migrator import Key
from django_switchback.worker.oldcode import Attempt, try_old_code
from django_switchback.worker.reduce import Reducer


def record(context: Context, key: Key, seen: Seen) -> None:
    """Write down what the cycle of ``key`` showed, but for its steps, which are written already."""
    context.log.add(*_records(context, key, seen))


def _records(context: Context, key: Key, seen: Seen) -> Iterator[AnyRecord]:
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
                rows_on_board="new",
                comparison=comparison,
                dropped_by_nature=seen.by_nature if name == "restored" else (),
            )
    yield from (_tried(context, key, attempt) for attempt in seen.attempts if attempt.failure is None)


def classify(context: Context, key: Key, seen: Seen, bare: Bare) -> None:
    """Try the cycle again with fewer rows, until the fewest are known with which each trouble shows.

    ``bare`` stands right before ``key``. Those fewest rows are written down with the trouble.
    """
    troubles = tuple(_troubles(seen))
    far = any(direction == "reapply" for _, direction in troubles)
    boards = Boards(context, key, bare, seen, far=far)
    found = _fewest(troubles, boards)
    for trouble, rows in found.items():
        _classified(context, key, trouble, rows)
    _control(context, key, seen, bare)
    # Last: by then all that judges the target is written down, whatever these trials come to.
    _reduce(context, key, found, bare, boards)


def _fewest(troubles: Collection[Trouble], boards: Boards) -> dict[Trouble, Rows]:
    """Return the fewest rows for each of ``troubles``, none of which may show by want of signals alone."""

    def shows(rows: Rows) -> tuple[Trouble, ...]:
        return tuple(_troubles(boards.get(rows)[1]))

    found = fewest(troubles, shows)
    if all(trouble in shows(rows) for trouble, rows in found.items()):
        return found
    boards.with_signals()
    return fewest(troubles, shows)


def _reduce(context: Context, key: Key, found: Mapping[Trouble, Rows], bare: Bare, boards: Boards) -> None:
    """Look for the smallest set of rows that does it, for each trouble that takes rows."""
    if all(rows == "none" for rows in found.values()):
        return
    reducer = Reducer(context, key, bare, boards)
    for trouble, rows in found.items():
        reducer.record(*trouble, rows)


def _troubles(seen: Seen) -> Iterator[Trouble]:
    if seen.failed is not None:
        yield "step", seen.failed
    if seen.restored is not None and seen.restored.rows:
        yield "restored", "rollback"
    if seen.reapplied is not None and seen.reapplied.rows:
        yield "reapplied", "reapply"


def _classified(context: Context, key: Key, trouble: Trouble, fewest: Rows) -> None:
    context.log.add(
        Classified(
            database=context.database,
            migration=name_of(key),
            phase="cycle",
            about=trouble[0],
            direction=trouble[1],
            fewest=fewest,
        )
    )


def _control(context: Context, key: Key, seen: Seen, bare: Bare) -> None:
    """Try the statements of the old release that failed on a copy where the target never was."""
    failed = [attempt for attempt in seen.attempts if attempt.failure is not None]
    if not failed:
        return
    with context.bench.on(bare.copy("control")):
        state = bare.state()
        context.seeder.fill(state.apps, edge=True)
        tables = {attempt.table for attempt in failed}
        before = try_old_code(context.bench.connection, state.apps, tables, context.seeder)
    control = {(attempt.table, attempt.statement): attempt for attempt in before}
    context.log.add(
        *(
            _tried(context, key, attempt, control.get((attempt.table, attempt.statement)))
            for attempt in failed
        )
    )


def _tried(context: Context, key: Key, attempt: Attempt, control: Attempt | None = None) -> OldCodeTried:
    return OldCodeTried(
        database=context.database,
        migration=name_of(key),
        table=attempt.table,
        statement=attempt.statement,
        failure=attempt.failure,
        untried=attempt.untried,
        before=None if control is None else control.failure,
    )
