"""What rows refer to that is none of them: rows that a migration made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.migrations import Migration
from django.db.migrations.state import ProjectState

from django_switchback.worker.minimise.rows import RowId
from django_switchback.worker.minimise.trial import ModelRow
from django_switchback.worker.seed.interface import Field, referred_model
from django_switchback.worker.seed.row_counts import managed_models


def required_apps(
    rows: Mapping[RowId, ModelRow],
    aims: Mapping[RowId, Mapping[str, RowId]],
    state: ProjectState,
    migration: Migration,
    alias: str,
) -> Iterator[str]:
    """Yield the apps that keep what ``rows`` refer to and have not with them.

    ``state`` is that before ``migration``; rows that are written after it have the fields that it makes.
    """
    states = {"before": state}
    if any(place.written == "after" for place in rows):
        states["after"] = migration.mutate_state(state)
    models = {written: managed_models(one.apps, alias) for written, one in states.items()}
    for place, row in rows.items():
        model = models[place.written].get(place.table)
        for field in model._meta.local_concrete_fields if model is not None else ():
            pointed = referred_model(field)
            if pointed is not None and field.column not in aims.get(place, {}) and _refers(row, field):
                yield pointed._meta.app_label


def _refers(row: ModelRow, field: Field) -> bool:
    name = row.columns.get(field.column or "", field.attname)
    # A value that the model gives by itself is not among those shown.
    return (row.values[name] if name in row.values else field.get_default()) is not None
