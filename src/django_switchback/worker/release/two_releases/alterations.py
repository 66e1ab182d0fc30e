"""Plans alterations in two releases: the column stays as long as the old release uses it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models
from django.db.migrations import operations

from django_switchback.worker.release.two_releases.defaults import with_changes
from django_switchback.worker.release.two_releases.planned import (
    OperationStep,
    PlannedMigration,
    is_in_named_schema,
)
from django_switchback.worker.release.two_releases.removals import removed
from django_switchback.worker.seed.interface import Field, referred_model


def altered(step: OperationStep, model: str, name: str) -> Iterator[PlannedMigration]:
    """Yield the migrations to write in place of the alteration of a field."""
    old, new = step.old_field(model, name), step.new_field(model, name)
    declared = step.declared(model, name, new=True)
    if old.many_to_many or new.many_to_many:
        return
    retyped = _type(step, old) != _type(step, new) and old.get_internal_type() != new.get_internal_type()
    if retyped or _is_retargeted(old, new):
        yield from _retyped(step, model, name)
    elif old.column != new.column:
        yield from _kept_column(step, model, name)
    elif old.null and not new.null:
        if declared.has_default():
            nullable = with_changes(declared, null=True)
            yield PlannedMigration(
                "In the first release, whose code writes the default in place of null, change the field.",
                (operations.AlterField(model, name, nullable),),
            )
        else:
            yield PlannedMigration("In the first release, write the column always.")
        yield PlannedMigration("In the second, once the old release is gone, deploy this migration as it is.")
    elif _type(step, old) != _type(step, new):
        yield PlannedMigration(
            "In the first release, write no value that the new column cannot hold. In the second, once the "
            "old release is gone, deploy this migration as it is."
        )


def _is_retargeted(old: Field, new: Field) -> bool:
    before, after = referred_model(old), referred_model(new)
    return before is not None and after is not None and before._meta.label != after._meta.label


def _type(step: OperationStep, field: Field) -> str | None:
    return field.db_type(step.connection)


def _kept_column(step: OperationStep, model: str, name: str) -> Iterator[PlannedMigration]:
    """Yield an alteration that keeps the column, and adds the constraint of a new foreign key later."""
    column = step.old_field(model, name).column
    kept = with_changes(step.declared(model, name, new=True), db_column=column)
    is_new_key = isinstance(kept, models.ForeignKey) and not referred_model(step.old_field(model, name))
    if not is_new_key:
        yield PlannedMigration(
            "Keep the name of the column by db_column.", (operations.AlterField(model, name, kept),)
        )
        return
    if is_in_named_schema(step.old_model(model)._meta.db_table):
        yield PlannedMigration(
            "In the first release, make it a foreign key on the same column, without a constraint. In the "
            "second, once the old release is gone, add the constraint."
        )
        return
    unconstrained = with_changes(kept, db_constraint=False)
    yield PlannedMigration(
        "In the first release, make it a foreign key on the same column, without a constraint.",
        (operations.AlterField(model, name, unconstrained),),
    )
    yield PlannedMigration(
        "In the second, once the old release is gone, add the constraint.",
        (operations.AlterField(model, name, kept),),
    )


def _retyped(step: OperationStep, model: str, name: str) -> Iterator[PlannedMigration]:
    """Yield a second column for the new type, then the removal of the first."""
    declared = step.declared(model, name, new=True)
    second = with_changes(declared, null=True, default=None, primary_key=None, db_column=None)
    meta = step.old_model(model)._meta
    old, new = step.old_field(model, name), step.new_field(model, name)
    if old.primary_key or second.remote_field is not None or old.remote_field is not None:
        yield PlannedMigration(
            "In the first release, add a second column with the new type and write both. In the second, once "
            "every row has it and the old release is gone, use it alone and drop the first."
        )
        return
    added = f"{name}_new"
    table, column, target = step.quoted(meta.db_table, old.column, added)
    cast = f"UPDATE {table} SET {target} = CAST({column} AS {new.cast_db_type(step.connection)})"
    yield PlannedMigration(
        "In the first release, add a second column with the new type; its code writes both, and reads the "
        "first.",
        (operations.AddField(model, added, second), operations.RunSQL(cast, operations.RunSQL.noop)),
    )
    yield from removed(step, model, name)
