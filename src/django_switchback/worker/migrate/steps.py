"""Types of a step: the key of its migration, the function that runs it and its result."""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from django_switchback.evidence import Failure, OperationRan, SentStatement
from django_switchback.worker.migrate.failed_reads.value_reads import ValueRead

MigrationKey = tuple[str, str]
Step = Callable[[MigrationKey, "Callable[[], StepResult]"], "StepResult"]


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """Result of a step: wall ``seconds`` and ``queries`` of the migration itself, and its failure."""

    seconds: float
    queries: int
    failure: Failure | None
    operations: tuple[OperationRan, ...] = ()
    """Statements and rows written by each data operation."""
    unread: tuple[ValueRead, ...] = ()
    """The values of rows that the failed call in the migration's code was given."""
    statements: tuple[SentStatement, ...] = ()
    """The statements of a rollback that :func:`whole_migrate.backward_all` took."""
    receiver: str = ""
    """The project's own receiver of ``post_migrate`` that raised ``failure``; the migration was done."""

    recorded: bool = False
    """Whether the step failed, but is recorded in ``django_migrations`` as if it had succeeded."""

    def without_failure_of(self, raised: Collection[tuple[str, str]]) -> StepResult:
        """Return this result without its failure, if that is one of ``raised``, by receiver and type."""
        if self.failure is None or (self.receiver, self.failure.type) not in raised:
            return self
        return self.without_failure()

    def without_failure(self) -> StepResult:
        """Return this result as that of a step that succeeded."""
        return msgspec.structs.replace(self, failure=None)
