"""Records about steps that were interrupted and run again."""

from __future__ import annotations

from django_switchback.evidence.record_values import Comparison, Direction, Failure, MigrationRecord


class InterruptionTried(MigrationRecord, frozen=True, tag="interruption-tried"):
    """A step that is not atomic was interrupted, then run again to its end.

    Of the interruptions of a step, the first one that it does not survive is recorded; if it survives all,
    the last one.
    """

    direction: Direction
    done: int
    """The number of operations that were done before the interruption."""
    operations: int
    """The number of operations of the migration."""
    operation: str = ""
    """The description of the last one that was done, or of the one within which it ended."""
    statement: str = ""
    """The concurrent statement that a ``lock_timeout`` ended; empty: it ended between two operations."""
    committed: str = ""
    """The statement after whose commit it ended, within :attr:`operation`, or before what is deferred once
    all of them are done; empty: it ended elsewhere."""
    in_schema: bool = False
    """Whether :attr:`committed` is a statement of Django's own schema operations."""
    left: Comparison = Comparison()
    """What the interrupted step left: the differences from the database before it."""
    failure: Failure | None = None
    """The exception of the repeated step."""
    differences: Comparison = Comparison()
    """The differences of the repeated step's result from that of an uninterrupted one."""
    confirmed: bool | None = None
    """Whether plain ``manage.py migrate`` did the same after the interruption; ``None``: it was not run."""
    output: str = ""
    """The end of its output."""
    untried: str = ""
    """The reason why not all interruptions were tried."""

    @property
    def is_resumable(self) -> bool:
        """Whether the repeated step ended as an uninterrupted one does."""
        return self.failure is None and self.differences == Comparison()

    @property
    def is_minor(self) -> bool:
        """Whether it is told as a note: ``migrate`` tells by itself what a rare interruption left.

        The repeated step raises after a ``lock_timeout``, or an end within one schema operation.
        """
        return (self.in_schema or bool(self.statement)) and self.failure is not None
