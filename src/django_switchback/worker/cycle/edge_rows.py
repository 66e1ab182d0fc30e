"""Inserts rows that a target may refuse: equal by what it makes unique, text that is not JSON.

And rows that it may make equal: text that differs in letter case, blanks or accents alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.migrations import AddConstraint, AlterField, RunPython, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import CharField, JSONField, TextField

from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.nested_operations import nested_operations
from django_switchback.worker.seed.constraints.equal_values import (
    insert_equal_rows,
    insert_rows_to_normalise,
    unique_texts,
)
from django_switchback.worker.seed.constraints.unique_indexes import UniqueIndexes, unique_indexes_in
from django_switchback.worker.seed.declared_fields import words_of_operation
from django_switchback.worker.seed.interface import Model, RowRequest
from django_switchback.worker.seed.row_counts import managed_models
from django_switchback.worker.seed.transaction import fill_tables

_FIRST_ROW_NUMBER = 320
_NO_DOCUMENT = "no JSON"


def insert_edge_rows(context: PartContext, key: MigrationKey, state: ProjectState) -> None:
    """Insert rows at ``state`` that ``key``, which follows, may refuse."""
    migrator = context.migrator
    operations = list(nested_operations(migrator.node(key).operations))
    indexes = _indexes_made(operations, context.sandboxes.connection.vendor)
    words = frozenset[str]().union(*map(words_of_operation, filter(_changes_rows, operations)))
    alias = context.sandboxes.alias
    before = managed_models(state.apps, alias) if words else {}
    named = [model for model in before.values() if unique_texts(model, words, context.sandboxes.connection)]
    may_refuse = indexes or any(map(_may_refuse, operations))
    if not named and not may_refuse:
        return
    inserter = context.seeder.inserters(state.apps)()
    if may_refuse:
        after = managed_models(migrator.state_after(state, key).apps, alias)
        before = before or managed_models(state.apps, alias)
        others = {model: after[table] for table, model in before.items() if table in after}
        insert_equal_rows(inserter, others, indexes, to_new=False)
        fill_tables(inserter, dict(_without_documents(others)))
    for model in named:
        insert_rows_to_normalise(inserter, model, words)


def _may_refuse(operation: Operation) -> bool:
    """Return whether ``operation`` may make a column unique by an expression or its type, or JSON of text."""
    match operation:
        case AddConstraint():
            return bool(getattr(operation.constraint, "expressions", ()))
        case AlterField():
            return bool(operation.field.unique) or isinstance(operation.field, JSONField)
    return False


def _changes_rows(operation: Operation) -> bool:
    return isinstance(operation, RunPython | RunSQL)


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


def _without_documents(others: Mapping[Model, Model]) -> Iterator[tuple[Model, list[RowRequest]]]:
    """Yield requests for rows with text that is not JSON in the columns that become JSON.

    Typical rows have documents in columns of certain names.
    """
    for model, other in others.items():
        fields = other._meta.local_concrete_fields
        becoming = {field.column for field in fields if isinstance(field, JSONField)}
        requests = [
            RowRequest(_FIRST_ROW_NUMBER + number, fixed=((field.attname, _NO_DOCUMENT),))
            for number, field in enumerate(model._meta.local_concrete_fields)
            if field.column in becoming and isinstance(field, CharField | TextField)
        ]
        if requests:
            yield model, requests
