"""Records about the work of a step: its locks, and the rows that it reads and writes."""

from __future__ import annotations

from django_switchback.evidence.record_values import Direction, MigrationRecord, Value


class StatementWork(Value, frozen=True):
    """What one statement of a step, sent ``count`` times in one transaction, did to tables from before it."""

    sql: str
    """The statement without its parameters."""
    count: int = 1
    transaction: int = 0
    """The number of the transaction within the step."""
    data: bool = False
    """Whether an operation that moves data (``RunPython``, ``RunSQL``) sent it."""
    locks: dict[str, str] = {}
    """The strongest lock (``AccessExclusiveLock``) that it took or raised, by table."""
    read: dict[str, int] = {}
    """Rows read, by table: each scan counts every row."""
    written: dict[str, int] = {}
    """Rows inserted, updated and deleted, by table."""
    lock_timeout: str = ""
    """The ``lock_timeout`` that was in force (``2s``); empty if there was none."""
    rewritten: tuple[str, ...] = ()
    """The tables whose files it replaced."""
    notices: tuple[str, ...] = ()
    """What the server says about it at the level ``debug1``."""


class WorkMeasured(MigrationRecord, frozen=True, tag="work-measured"):
    """The work of a step with ``rows`` by table, without statements that lock, read and write nothing."""

    direction: Direction
    rows: dict[str, int]
    statements: tuple[StatementWork, ...] = ()
    unmeasured: str = ""
    """The reason why nothing could be measured."""
    without_rows: str = ""
    """The reason why the rows that its queries read and wrote are not counted."""
