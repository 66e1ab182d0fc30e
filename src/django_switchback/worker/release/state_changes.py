"""Finds tables whose models a migration changes without changing the table, or takes from them; and views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.apps.registry import Apps
from django.db.migrations.operations import AlterField, CreateModel, RenameModel, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.state import ProjectState

from django_switchback.worker.snapshot.interface import Schema
from django_switchback.worker.state_models import models_of


def tables_of_changed_models(
    app_label: str, operations: Iterable[Operation], before: ProjectState, after: ProjectState
) -> frozenset[str]:
    """Return the tables of models that get another field or lose one only in the state.

    A field altered in the database's own way keeps its class: such changes are seen in the table.
    """
    models = (after.apps.get_model(*key) for key in _changed_models(app_label, operations, before, after))
    return frozenset(model._meta.db_table for model in models)


def tables_of_moved_models(before: Apps, after: Apps, head: Apps) -> frozenset[str]:
    """Return the tables that several models shared, that one of them left, and that no model at ``head`` has.

    So a model moves to another app: its table goes with the second model, and the first one is in the state
    until another migration deletes it.
    """
    labels: dict[str, set[str]] = {}
    for model in models_of(before):
        if not model._meta.proxy:
            labels.setdefault(model._meta.db_table, set()).add(model._meta.label)
    now = {(model._meta.label, model._meta.db_table) for model in models_of(after)}
    at_head = {model._meta.db_table for model in models_of(head)}
    return frozenset(
        table
        for table, sharing in labels.items()
        if len(sharing) > 1 and table not in at_head and any((label, table) not in now for label in sharing)
    )


def changed_views(before: Schema, after: Schema) -> set[str]:
    """Return the views of ``before`` that ``after`` has in another form, or has not."""
    return {key[1] for key, item in before.items() if key[0] == "view" and after.get(key) != item}


def _changed_models(
    app_label: str, operations: Iterable[Operation], before: ProjectState, after: ProjectState
) -> set[tuple[str, str]]:
    names = {
        operation.model_name_lower
        for operation in operations
        if isinstance(operation, AlterField)
        and _field_class(before, app_label, operation) is not _field_class(after, app_label, operation)
    }
    names.update(name for operation in operations for name in _named_in_state(operation))
    return {(app_label, name) for name in names if (app_label, name) in after.models}


def _field_class(state: ProjectState, app_label: str, operation: AlterField) -> type | None:
    model = state.models.get((app_label, operation.model_name_lower))
    field = None if model is None else model.fields.get(operation.name)
    return None if field is None else type(field)


def _named_in_state(operation: Operation) -> Iterator[str]:
    """Yield the models that the operations on the state alone name."""
    if not isinstance(operation, SeparateDatabaseAndState):
        return
    for nested in operation.state_operations:
        if isinstance(nested, FieldOperation):
            yield nested.model_name_lower
        elif isinstance(nested, CreateModel):
            yield nested.name_lower
        elif isinstance(nested, RenameModel):
            yield nested.new_name_lower
        yield from _named_in_state(nested)
