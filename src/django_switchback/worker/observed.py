"""What a cycle showed, written down; and with how few rows it shows again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from django_switchback.evidence import (
    AnyRecord,
    Classified,
    Compared,
    Comparison,
    Covered,
    Direction,
    OldCodeTried,
    Rows,
)
from django_switchback.worker.bare import Bare
from django_switchback.worker.context import Context, name_of
from django_switchback.worker.cycle import Cycle, Seen
from django_switchback.worker.migrator import Key
from django_switchback.worker.oldcode import Attempt, try_old_code
from django_switchback.worker.reduce import Reducer

FEWER: tuple[Rows, ...] = ("edge", "typical", "none")
_MORE: dict[Rows, Rows] = {"edge": "new", "typical": "edge", "none": "typical"}
Trouble = tuple[Literal["step", "restored", "reapplied"], Direction]


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
    """Try the cycle again with fewer and fewer rows, as long as a trouble shows again.

    ``bare`` stands right before ``key``. The fewest rows with which a trouble showed are written down with
    it.
    """
    # No new row is there yet when a target is first applied; what earlier targets left is extreme at the
    # most.
    fewest: dict[Trouble, Rows] = {
        trouble: "edge" if trouble == ("step", "forward") else "new" for trouble in _troubles(seen)
    }
    for rows in FEWER:
        # Most often it takes the new rows, and one trial with all the others says so.
        if all(fewest[trouble] != _MORE[rows] for trouble in fewest):
            continue
        with context.bench.on(bare.copy("trial")):
            again = Cycle(context, key, rows=rows, trial=True).run(bare.state())
        fewest.update({trouble: rows for trouble in _troubles(again) if trouble in fewest})
    for trouble, rows in fewest.items():
        _classified(context, key, trouble, rows)
    _reduce(context, key, fewest, bare)
    _control(context, key, seen, bare)


def _reduce(context: Context, key: Key, fewest: dict[Trouble, Rows], bare: Bare) -> None:
    """Look for the smallest set of rows that does it, for each trouble that takes rows."""
    if all(rows == "none" for rows in fewest.values()):
        return
    reducer = Reducer(context, key, bare)
    for trouble, rows in fewest.items():
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
