"""Models of a state as they were before a step that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.migrations.state import ProjectState


@contextmanager
def restore_fields_on_error(app_label: str, *states: ProjectState) -> Iterator[None]:
    """Put back the fields of an app's models in ``states``, where they are rendered, if the step fails.

    Django changes fields while it alters a table, and leaves them so where that raises: ``primary_key`` in
    ``_remake_table`` of SQLite, ``default`` where ``preserve_default`` is false. The process of ``migrate``
    ends then; here another step may begin with the same models.
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
    were = [(field, vars(field).copy()) for field in fields]
    try:
        yield
    except BaseException:
        for field, values in were:
            vars(field).clear()
            vars(field).update(values)
        raise
