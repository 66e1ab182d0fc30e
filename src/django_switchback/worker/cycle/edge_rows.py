"""Inserts rows that a target may refuse: equal by what it makes unique."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.migrations import AddConstraint, AlterField, RunSQL, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.seed.constraints.equal_values import insert_equal_rows
from django_switchback.worker.seed.constraints.unique_indexes import UniqueIndexes, unique_indexes_in
from django_switchback.worker.seed.row_counts import managed_models


def insert_edge_rows(context: PartContext, key: MigrationKey, state: ProjectState) -> None:
    """Insert rows at ``state`` that ``key``, which follows, may refuse."""
    migrator = context.migrator
    operations = list(_with_parts(migrator.node(key).operations))
    indexes = _indexes_made(operations, context.sandboxes.connection.vendor)
    if not indexes and not any(map(_may_refuse, operations)):
        return
    alias = context.sandboxes.alias
    before = managed_models(state.apps, alias)
    after = managed_models(migrator.state_after(state, key).apps, alias)
    others = {model: after[table] for table, model in before.items() if table in after}
    insert_equal_rows(context.seeder.inserters(state.apps)(), others, indexes, to_new=False)


def _with_parts(operations: Iterable[Operation]) -> Iterator[Operation]:
    for operation in operations:
        if isinstance(operation, SeparateDatabaseAndState):
            yield from _with_parts([*operation.state_operations, *operation.database_operations])
        else:
            yield operation


def _may_refuse(operation: Operation) -> bool:
    """Return whether ``operation`` may make a column unique by an expression or its type."""
    match operation:
        case AddConstraint():
            return bool(getattr(operation.constraint, "expressions", ()))
        case AlterField():
            return bool(operation.field.unique)
    return False


def _indexes_made(operations: Iterable[Operation], vendor: str) -> UniqueIndexes:
    """Return the unique indexes that statements of ``RunSQL`` create, by table."""
    made: UniqueIndexes = {}
    for operation in operations:
        for text in _texts(operation.sql) if isinstance(operation, RunSQL) else ():
            for table, index in unique_indexes_in(text, vendor) if "unique" in text.lower() else ():
                made[table] = (*made.get(table, ()), index)
    return made


def _texts(sql: Any) -> Iterator[str]:
    """Yield the statements of a ``RunSQL``, without parameters."""
    for part in [sql] if isinstance(sql, str) else sql or ():
        yield part if isinstance(part, str) else part[0]
