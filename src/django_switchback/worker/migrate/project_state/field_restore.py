"""Restores the fields of rendered models, and operations, after a failed step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from django_switchback.worker.nested_operations import nested_operations


@contextmanager
def restore_fields_on_error(app_label: str, *states: ProjectState) -> Iterator[None]:
    """Restore the field attributes of an app's rendered models in ``states`` if the block raises.

    Django changes fields while it alters a table and does not restore them on an error: ``primary_key`` in
    SQLite's ``_remake_table``, ``default`` with ``preserve_default=False``. The process of ``migrate`` ends
    then; a worker may run further steps with the same models.
    """
    models = [
        model
        for state in states
        if "apps" in vars(state)
        for model in state.apps.all_models.get(app_label, {}).values()
    ]
    fields = [
        field for model in models for field in (*model._meta.local_fields, *model._meta.local_many_to_many)
    ]
    with _attributes_restored_on_error(fields):
        yield


@contextmanager
def restore_operations_on_error(operations: Iterable[Operation]) -> Iterator[None]:
    """Restore the attributes of ``operations``, and of those within them, if the block raises.

    While ``RenameModel`` and ``RenameIndex`` are rolled back, Django exchanges their old and new names.
    """
    with _attributes_restored_on_error(nested_operations(operations)):
        yield


@contextmanager
def _attributes_restored_on_error(objects: Iterable[object]) -> Iterator[None]:
    originals = [(item, vars(item).copy()) for item in objects]
    try:
        yield
    except BaseException:
        for item, values in originals:
            vars(item).clear()
            vars(item).update(values)
        raise
