"""Finds the apps that own rows referred to from outside the minimal rows: rows that a migration created."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db import connections
from django.db.migrations import Migration
from django.db.migrations.state import ProjectState

from django_switchback.worker.minimise.rows import RowId, RowReferences
from django_switchback.worker.minimise.trial_rows import ModelRow
from django_switchback.worker.seed.interface import Field, referred_model
from django_switchback.worker.seed.row_counts import models_by_snapshot_name


def required_apps(
    rows: Mapping[RowId, ModelRow],
    references: RowReferences,
    state: ProjectState,
    migration: Migration,
    alias: str,
) -> Iterator[str]:
    """Yield the apps of the models that ``rows`` refer to without the referred row being among them.

    ``state`` is the project state before ``migration``; rows written after it have the fields it creates.
    """
    states = {"before": state}
    if any(row_id.written == "after" for row_id in rows):
        states["after"] = migration.mutate_state(state)
    models = {
        written: models_by_snapshot_name(project_state.apps, connections[alias])
        for written, project_state in states.items()
    }
    for row_id, row in rows.items():
        model = models[row_id.written].get(row_id.table)
        for field in model._meta.local_concrete_fields if model is not None else ():
            related_model = referred_model(field)
            if (
                related_model is not None
                and field.column not in references.get(row_id, {})
                and _refers(row, field)
            ):
                yield related_model._meta.app_label


def _refers(row: ModelRow, field: Field) -> bool:
    name = row.columns.get(field.column or "", field.attname)
    # Values equal to the field's default are left out of ``values``.
    return (row.values[name] if name in row.values else field.get_default()) is not None
