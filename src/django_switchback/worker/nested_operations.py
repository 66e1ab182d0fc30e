"""Walks the operations of a migration with those within ``SeparateDatabaseAndState``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.migrations.operations import SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation


def nested_operations(operations: Iterable[Operation]) -> Iterator[Operation]:
    """Yield ``operations``; in place of a ``SeparateDatabaseAndState`` those of its state, then the rest."""
    for operation in operations:
        if isinstance(operation, SeparateDatabaseAndState):
            yield from nested_operations((*operation.state_operations, *operation.database_operations))
        else:
            yield operation
