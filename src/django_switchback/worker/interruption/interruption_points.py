"""Lists the points at which a step is interrupted, as records without a result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
from django.db.migrations.operations.base import Operation

from django_switchback.evidence import Direction, InterruptionTried, MigrationName
from django_switchback.worker.failure import description_of
from django_switchback.worker.interruption.commits_within import AT_THE_END, CommittedWrite


class InterruptionPoints(NamedTuple):
    """The points of a step of ``migration``; its ``operations`` run in reverse on the way back."""

    database: str
    migration: MigrationName
    operations: tuple[Operation, ...]

    def record(self, direction: Direction, done: int = 0, *, untried: str = "") -> InterruptionTried:
        """Return the record of an interruption after ``done`` operations."""
        last = self.operations[-done if direction == "rollback" else done - 1] if done else None
        return InterruptionTried(
            database=self.database,
            migration=self.migration,
            direction=direction,
            done=done,
            operations=len(self.operations),
            operation="" if last is None else description_of(last),
            untried=untried,
        )

    def between(self, direction: Direction) -> Iterator[InterruptionTried]:
        """Yield the points between two operations."""
        return (self.record(direction, done) for done in range(1, len(self.operations)))

    def within(
        self, direction: Direction, commits: Iterable[CommittedWrite], *, in_schema: bool = False
    ) -> Iterator[InterruptionTried]:
        """Yield the points within operations, after what they commit, or after all of them."""
        for commit in commits:
            if commit.operation_index == AT_THE_END:
                record = self.record(direction, len(self.operations))
            else:
                record = msgspec.structs.replace(
                    self.record(direction, self._index(direction, commit.operation_index)),
                    operation=description_of(self.operations[commit.operation_index]),
                )
            yield msgspec.structs.replace(record, committed=commit.sql, in_schema=in_schema)

    def ended(self, direction: Direction, statements: Iterable[str]) -> Iterator[InterruptionTried]:
        """Yield the concurrent ``statements`` that a ``lock_timeout`` ends."""
        for statement in statements:
            yield msgspec.structs.replace(self.record(direction), statement=statement)

    def commit(self, tried: InterruptionTried) -> CommittedWrite:
        """Return the commit after which ``tried`` ended, within an operation or after all of them."""
        if tried.done == len(self.operations):
            return CommittedWrite(AT_THE_END, tried.committed)
        return CommittedWrite(self._index(tried.direction, tried.done), tried.committed)

    def before(self, tried: InterruptionTried) -> int:
        """Return the index before whose operation ``tried`` ended, in the order of the file."""
        return len(self.operations) - tried.done if tried.direction == "rollback" else tried.done

    def _index(self, direction: Direction, number: int) -> int:
        """Turn the index of an operation into the number of those done before it, and back."""
        return len(self.operations) - 1 - number if direction == "rollback" else number
