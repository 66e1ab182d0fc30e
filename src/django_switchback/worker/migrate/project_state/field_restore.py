"""Restores the fields of rendered models after a failed step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.migrations.state import ProjectState


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
    originals = [(field, vars(field).copy()) for field in fields]
    try:
        yield
    except BaseException:
        for field, values in originals:
            vars(field).clear()
            vars(field).update(values)
        raise
