"""Finds work that grows with the rows, by comparing what a step did with two numbers of rows.

Work is counted by the server: rows read and written. A statement's work grows if, for each further row of a
table, it reads or writes at least half a row more there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django_switchback.evidence import Direction, StatementWork, Value, WorkMeasured
from django_switchback.rules.interface import Finding, TargetEvidence
from django_switchback.rules.wording import doing

BLOCKING = {
    "ShareLock": "SHARE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ExclusiveLock": "EXCLUSIVE",
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
}
"""The modes that stop writes, weakest first, with their names in SQL; the last one stops reads too."""
STRONGEST = "AccessExclusiveLock"
_LEAST_GROWTH = 0.5
"""Rows read or written more for each row more in the table."""


class GrownStatement(Value, frozen=True):
    """A statement with the rows by table that it reads and writes more if there are more rows."""

    work: StatementWork
    read: Mapping[str, int] = {}
    written: Mapping[str, int] = {}

    @property
    def grows(self) -> bool:
        """Whether the work grows with the rows; rewriting a table does."""
        return bool(self.read or self.written or self.work.rewritten)


class HeldLock(Value, frozen=True):
    """A blocking lock, with the statements that ran under it and whose work grows; none: it is brief."""

    table: str
    mode: str
    statement: StatementWork
    grown: tuple[GrownStatement, ...] = ()
    lock_timeout: str = ""
    """What was in force at each statement that took the lock; empty if one had none."""


class MeasuredStep(Value, frozen=True):
    """A step of a target: its statements, and its blocking locks on tables with rows."""

    direction: Direction
    rows: Mapping[str, int]
    statements: tuple[GrownStatement, ...]
    locks: tuple[HeldLock, ...]
    exhibits: tuple[WorkMeasured, ...]


def work_tables(statements: Iterable[GrownStatement]) -> tuple[str, ...]:
    """Return the tables in which the statements' work grows."""
    tables = (
        table
        for statement in statements
        for table in (*statement.read, *statement.written, *statement.work.rewritten)
    )
    return tuple(dict.fromkeys(tables))


def measured_steps(target: TargetEvidence) -> Iterator[MeasuredStep]:
    """Yield each step of ``target`` whose work was measured."""
    directions: tuple[Direction, ...] = ("forward", "rollback")
    for direction in directions:
        measured = [
            record for record in target.work if record.direction == direction and not record.unmeasured
        ]
        if measured:
            statements = tuple(_grown(measured[0], measured[-1]))
            yield MeasuredStep(
                direction=direction,
                rows=measured[-1].rows,
                statements=statements,
                locks=tuple(_held(statements, measured[-1].rows)),
                exhibits=(measured[-1],),
            )


def _grown(few: WorkMeasured, many: WorkMeasured) -> Iterator[GrownStatement]:
    """Yield the statements with ``many`` rows, compared with the same ones with ``few``, in their order."""
    earlier: dict[tuple[str, int], StatementWork] = {}
    seen: Counter[str] = Counter()
    for work in few.statements:
        earlier[work.sql, seen[work.sql]] = work
        seen[work.sql] += 1
    seen.clear()
    for work in many.statements:
        before = earlier.get((work.sql, seen[work.sql]))
        seen[work.sql] += 1
        yield GrownStatement(
            work=work,
            read=_more(work.read, before.read if before else {}, few.rows, many.rows),
            written=_more(work.written, before.written if before else {}, few.rows, many.rows),
        )


def _more(
    now: Mapping[str, int], before: Mapping[str, int], few: Mapping[str, int], many: Mapping[str, int]
) -> dict[str, int]:
    """Return the counts of those tables in which they grow with the rows.

    In a table that could not be given more rows, they grow if every row is counted: the counts are exact. In
    an empty one, they grow with the rows of another table.
    """
    most = max((rows - few.get(table, 0) for table, rows in many.items()), default=0)
    grown = {}
    for table, number in now.items():
        rows = many.get(table, 0)
        more_rows = rows - few.get(table, 0) if rows else most
        more = number - before.get(table, 0) if more_rows else number
        if (rows or most) and more >= _LEAST_GROWTH * (more_rows or rows):
            grown[table] = number
    return grown


def _held(statements: tuple[GrownStatement, ...], rows: Mapping[str, int]) -> Iterator[HeldLock]:
    """Yield the strongest blocking lock on each table, with what was done while any blocking one was held."""
    first: dict[tuple[int, str], int] = {}
    strongest: dict[tuple[int, str], tuple[str, StatementWork]] = {}
    unlimited: set[tuple[int, str]] = set()
    for index, statement in enumerate(statements):
        for table, mode in statement.work.locks.items():
            if mode not in BLOCKING or not rows.get(table, 1):
                continue
            place = statement.work.transaction, table
            first.setdefault(place, index)
            if not statement.work.lock_timeout:
                unlimited.add(place)
            known = strongest.get(place)
            if known is None or _rank(mode) > _rank(known[0]):
                strongest[place] = mode, statement.work
    for (transaction, table), index in first.items():
        mode, work = strongest[transaction, table]
        grown = tuple(
            other for other in statements[index:] if other.work.transaction == transaction and other.grows
        )
        limit = "" if (transaction, table) in unlimited else work.lock_timeout
        yield HeldLock(table=table, mode=mode, statement=work, grown=grown, lock_timeout=limit)


def _rank(mode: str) -> int:
    return list(BLOCKING).index(mode)


def told_with_lock(step: MeasuredStep, statements: Sequence[GrownStatement]) -> bool:
    """Return whether ``statements`` are the one that ``blocking-lock`` names, with its work, for ``step``."""
    under_lock = [grown for lock in step.locks for grown in lock.grown]
    return bool(under_lock) and all(grown == under_lock[0] for grown in (*under_lock, *statements))


def not_measured(
    rule: str, target: TargetEvidence, direction: Direction, what: str, *exhibits: WorkMeasured
) -> Finding:
    """Return the note that a step could not be measured; ``what`` completes the sentence."""
    return Finding(
        rule=rule,
        severity="info",
        message=f"{doing(target.fact.id, direction)} {what}",
        phase="cycle",
        fix="Nothing to correct. Where the step itself works, a scenario can give it rows that it accepts.",
        phases=("cycle",),
        exhibits=exhibits,
    )
