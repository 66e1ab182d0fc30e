"""Chooses, by the operation that breaks the old release, the operations to write instead."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps.registry import Apps
from django.db.migrations import operations

from django_switchback.worker.release.two_releases.alterations import altered
from django_switchback.worker.release.two_releases.defaults import with_changes, with_database_default
from django_switchback.worker.release.two_releases.planned import OperationStep, PlannedMigration
from django_switchback.worker.release.two_releases.removals import deleted, removed
from django_switchback.worker.seed.interface import Model, referred_model
from django_switchback.worker.state_models import models_of


def planned_migrations(step: OperationStep) -> Iterator[PlannedMigration]:
    """Yield the migrations to write in place of the operation, in the order of their releases."""
    match step.operation:
        case operations.AddField(model_name=model, name=name):
            yield from _added(step, model, name)
        case operations.RemoveField(model_name=model, name=name):
            yield from removed(step, model, name)
        case operations.RenameField():
            yield from _renamed_field(step, step.operation)
        case operations.AlterField(model_name=model, name=name):
            planned = _mandatory_later if step.is_added(model, name) else altered
            yield from planned(step, model, name)
        case operations.RenameModel():
            yield from _renamed_model(step, step.operation)
        case operations.DeleteModel(name=name):
            yield from deleted(step, name)
        case operations.AlterModelTable():
            yield PlannedMigration("Keep the name of the table: set db_table to it in the model's Meta.")


def _added(step: OperationStep, model: str, name: str) -> Iterator[PlannedMigration]:
    declared = step.declared(model, name, new=True)
    filled = None if declared.null else with_database_default(declared)
    if filled is not None:
        yield PlannedMigration(
            "Give the column a db_default, in models.py too: the database then fills it for the old release.",
            (operations.AddField(model, name, filled),),
        )
    else:
        yield from _mandatory_later(step, model, name)


def _mandatory_later(step: OperationStep, model: str, name: str) -> Iterator[PlannedMigration]:
    """Yield an addition of the field that lets it be null; nothing if it may be null anyway."""
    declared = step.declared(model, name, new=True)
    if declared.null:
        return
    # NOTE: the old release cannot delete a row that others refer to by a default which it does not know.
    default = {"default": None} if declared.remote_field is not None else {}
    yield PlannedMigration(
        "In the first release, whose code writes the column always, let it be null.",
        (operations.AddField(model, name, with_changes(declared, null=True, **default)),),
    )
    yield PlannedMigration("In the second, once every row has a value, make it mandatory by an AlterField.")


def _renamed_field(step: OperationStep, renamed: operations.RenameField) -> Iterator[PlannedMigration]:
    field = step.old_field(renamed.model_name, renamed.old_name)
    declared = step.declared(renamed.model_name, renamed.old_name)
    if declared.many_to_many:
        yield PlannedMigration("Keep the name of its table: set db_table to it in the field.")
        return
    yield PlannedMigration(
        "Rename the field, and keep its column, which the old release uses, by db_column.",
        (
            operations.AlterField(
                renamed.model_name, renamed.old_name, with_changes(declared, db_column=field.column)
            ),
            operations.RenameField(renamed.model_name, renamed.old_name, renamed.new_name),
        ),
    )


def _renamed_model(step: OperationStep, renamed: operations.RenameModel) -> Iterator[PlannedMigration]:
    model = step.old_model(renamed.old_name)
    table = model._meta.db_table
    if _is_in_many_to_many(step.before.apps, model):
        yield PlannedMigration(
            f"Keep the names in the database: db_table = {table!r} in the model's Meta, and a model with the "
            "present columns for each table of a many-to-many relation."
        )
        return
    yield PlannedMigration(
        "Rename the model, and keep its table, which the old release uses, by db_table.",
        (
            operations.AlterModelTable(renamed.old_name, table),
            operations.RenameModel(renamed.old_name, renamed.new_name),
        ),
    )


def _is_in_many_to_many(apps: Apps, model: Model) -> bool:
    """Return whether the table of a many-to-many relation has columns named after ``model``."""
    return any(
        model in {referred_model(field) for field in other._meta.local_concrete_fields}
        for other in models_of(apps)
        if other._meta.auto_created
    )
