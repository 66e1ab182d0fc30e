"""Plans removals in two releases: the table or column stays as long as the old release uses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.migrations import operations
from django.db.migrations.operations.base import Operation

from django_switchback.worker.release.two_releases.defaults import with_changes, with_database_default
from django_switchback.worker.release.two_releases.planned import (
    OperationStep,
    PlannedMigration,
    is_in_named_schema,
)
from django_switchback.worker.seed.interface import Field
from django_switchback.worker.table_names import split_db_table


def removed(step: OperationStep, model: str, name: str) -> Iterator[PlannedMigration]:
    """Yield the migrations to write in place of the removal of a field."""
    declared = step.declared(model, name)
    if declared.many_to_many and not _has_own_table(step, model, name):
        yield PlannedMigration(
            "In the first release, remove the relation: its table is that of another model, and stays.",
            (operations.RemoveField(model, name),),
        )
        return
    if declared.many_to_many:
        yield PlannedMigration(
            "In the first release, stop using the relation. In the second, remove it: until then, deletes "
            "need its table."
        )
        return
    generated = getattr(declared, "generated", False)
    optional = declared if declared.null or generated else with_database_default(declared)
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


def _has_own_table(step: OperationStep, model: str, name: str) -> bool:
    relation: Any = step.old_field(model, name).remote_field
    return bool(relation.through._meta.auto_created)


def _dropped_column(step: OperationStep, model: str, name: str, optional: Field) -> tuple[Operation, ...]:
    """Return operations that drop a column which is not in the state any more, and keep its values.

    Those of a generated column are made again.
    """
    in_state = operations.SeparateDatabaseAndState(
        state_operations=[operations.AddField(model, name, optional)]
    )
    dropped = operations.RemoveField(model, name)
    if getattr(optional, "generated", False):
        return in_state, dropped
    meta = step.old_model(model)._meta
    kept_in, table, key, column = step.quoted(
        f"{meta.db_table}_{name}_dropped", meta.db_table, meta.pk.column, step.old_field(model, name).column
    )
    return (
        in_state,
        operations.RunSQL(
            f"CREATE TABLE {kept_in} AS SELECT {key}, {column} FROM {table}", f"DROP TABLE {kept_in}"
        ),
        operations.RunSQL(
            operations.RunSQL.noop,
            f"UPDATE {table} SET {column} = (SELECT kept.{column} FROM {kept_in} AS kept "
            f"WHERE kept.{key} = {table}.{key}) WHERE {key} IN (SELECT {key} FROM {kept_in})",
        ),
        dropped,
    )


def deleted(step: OperationStep, name: str) -> Iterator[PlannedMigration]:
    """Yield the migrations to write in place of the deletion of a model."""
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
    db_table = model._meta.db_table
    if loose and is_in_named_schema(db_table):
        yield PlannedMigration(
            "In the first release, whose code does not have the model, keep its table, without its foreign "
            "keys (RunSQL: Django does not find those of a table in a schema that db_table names). In the "
            "second, once the old release is gone, rename the table; drop it when no rollback needs it."
        )
        return
    yield PlannedMigration(
        "In the first release, whose code does not have the model any more, keep its table.",
        (*loose, only_state),
    )
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
