"""Chooses, by the operation that breaks the old release, the operations to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import truncate_name
from django.db.migrations import operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from django_switchback.worker.release.two_releases.defaults import with_changes, with_database_default
from django_switchback.worker.seed.interface import Field, Model, referred_model
from django_switchback.worker.state_models import models_of
from django_switchback.worker.table_names import split_db_table


class PlannedMigration(NamedTuple):
    """A migration to write: when to deploy it, and its operations; without any there is only advice."""

    task: str
    operations: tuple[Operation, ...] = ()


class OperationStep(NamedTuple):
    """One operation of a migration, with the states before and after it."""

    app_label: str
    operation: Operation
    before: ProjectState
    after: ProjectState
    connection: BaseDatabaseWrapper

    def old_model(self, name: str) -> Model:
        """Return the model ``name`` before the operation."""
        return self.before.apps.get_model(self.app_label, name)

    def old_field(self, model: str, name: str) -> Field:
        """Return a field before the operation."""
        field: Any = self.old_model(model)._meta.get_field(name)
        return cast("Field", field)

    def new_field(self, model: str, name: str) -> Field:
        """Return a field after the operation."""
        field: Any = self.after.apps.get_model(self.app_label, model)._meta.get_field(name)
        return cast("Field", field)

    def declared(self, model: str, name: str, *, new: bool = False) -> Field:
        """Return a field as its migration declares it, before the operation or after it."""
        state = self.after if new else self.before
        field: Field = state.models[self.app_label, model.lower()].fields[name]
        return field

    def quoted(self, *names: str | None) -> tuple[str, ...]:
        """Return ``names``, shortened to what the database allows, quoted for SQL."""
        ops = self.connection.ops
        return tuple(ops.quote_name(truncate_name(str(name), ops.max_name_length())) for name in names)


def planned_migrations(step: OperationStep) -> Iterator[PlannedMigration]:
    """Yield the migrations to write in place of the operation, in the order of their releases."""
    match step.operation:
        case operations.AddField(model_name=model, name=name):
            yield from _added(step, model, name)
        case operations.RemoveField(model_name=model, name=name):
            yield from _removed(step, model, name)
        case operations.RenameField():
            yield from _renamed_field(step, step.operation)
        case operations.AlterField(model_name=model, name=name):
            yield from _altered(step, model, name)
        case operations.RenameModel():
            yield from _renamed_model(step, step.operation)
        case operations.DeleteModel(name=name):
            yield from _deleted(step, name)
        case operations.AlterModelTable():
            yield PlannedMigration("Keep the name of the table: set db_table to it in the model's Meta.")


def _added(step: OperationStep, model: str, name: str) -> Iterator[PlannedMigration]:
    declared = step.declared(model, name, new=True)
    filled = with_database_default(declared)
    if filled is not None:
        yield PlannedMigration(
            "Give the column a db_default: the database then fills it for the old release.",
            (operations.AddField(model, name, filled),),
        )
        return
    yield PlannedMigration(
        "In the first release, whose code writes the column always, let it be null.",
        (operations.AddField(model, name, with_changes(declared, null=True)),),
    )
    yield PlannedMigration("In the second, once every row has a value, make it mandatory by an AlterField.")


def _removed(step: OperationStep, model: str, name: str) -> Iterator[PlannedMigration]:
    declared = step.declared(model, name)
    if declared.many_to_many:
        yield PlannedMigration(
            "In the first release, stop using the relation. In the second, remove it: until then, deletes "
            "need its table."
        )
        return
    optional = declared if declared.null else with_database_default(declared)
    if optional is None:
        yield PlannedMigration(
            "In the first release, let the column be null and do not use the field any more: remove it from "
            "the model, and from the state alone by SeparateDatabaseAndState. In the second, drop the column."
        )
        return
    loosened = (operations.AlterField(model, name, optional),) if optional is not declared else ()
    only_state = operations.SeparateDatabaseAndState(state_operations=[operations.RemoveField(model, name)])
    yield PlannedMigration(
        "In the first release, whose models do not have the field any more, keep its column.",
        (*loosened, only_state),
    )
    yield PlannedMigration(
        "In the second, once the old release is gone, drop the column; its values are kept for a rollback.",
        _dropped_column(step, model, name, optional),
    )


def _dropped_column(step: OperationStep, model: str, name: str, optional: Field) -> tuple[Operation, ...]:
    """Return operations that drop a column which is not in the state any more, and keep its values."""
    meta = step.old_model(model)._meta
    kept_in, table, key, column = step.quoted(
        f"{meta.db_table}_{name}_dropped", meta.db_table, meta.pk.column, step.old_field(model, name).column
    )
    return (
        operations.SeparateDatabaseAndState(state_operations=[operations.AddField(model, name, optional)]),
        operations.RunSQL(
            f"CREATE TABLE {kept_in} AS SELECT {key}, {column} FROM {table}", f"DROP TABLE {kept_in}"
        ),
        operations.RunSQL(
            operations.RunSQL.noop,
            f"UPDATE {table} SET {column} = (SELECT kept.{column} FROM {kept_in} AS kept "
            f"WHERE kept.{key} = {table}.{key}) WHERE {key} IN (SELECT {key} FROM {kept_in})",
        ),
        operations.RemoveField(model, name),
    )


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


def _deleted(step: OperationStep, name: str) -> Iterator[PlannedMigration]:
    model = step.old_model(name)
    loose = tuple(
        operations.AlterField(
            name, field.name, with_changes(step.declared(name, field.name), db_constraint=False)
        )
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.ForeignKey)
        and getattr(field, "db_constraint", True)
        and field.name in step.before.models[step.app_label, name.lower()].fields
    )
    only_state = operations.SeparateDatabaseAndState(state_operations=[operations.DeleteModel(name)])
    yield PlannedMigration(
        "In the first release, whose code does not have the model any more, keep its table.",
        (*loose, only_state),
    )
    db_table = model._meta.db_table
    table, unused = step.quoted(db_table, f"{db_table}_unused")
    # NOTE: a new name has no schema.
    bare = split_db_table(db_table)[1]
    new_name, old_name = step.quoted(f"{bare}_unused", bare)
    yield PlannedMigration(
        "In the second, once the old release is gone, rename the table; drop it when no rollback needs it.",
        (
            operations.RunSQL(
                f"ALTER TABLE {table} RENAME TO {new_name}", f"ALTER TABLE {unused} RENAME TO {old_name}"
            ),
        ),
    )


def _altered(step: OperationStep, model: str, name: str) -> Iterator[PlannedMigration]:
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
    yield from _removed(step, model, name)
