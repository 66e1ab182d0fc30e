"""Types of the plan for two releases: an operation with its states, and a migration to write."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple, cast

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import truncate_name
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from django_switchback.worker.seed.interface import Field, Model
from django_switchback.worker.table_names import split_db_table


class PlannedMigration(NamedTuple):
    """A migration to write: when to deploy it, and its operations; without any there is only advice."""

    task: str
    operations: tuple[Operation, ...] = ()


class OperationStep(NamedTuple):
    """One operation of a migration, with the states before and after it.

    ``added`` are the fields that operations of the migration before it add, by model, in lower case.
    """

    app_label: str
    operation: Operation
    before: ProjectState
    after: ProjectState
    connection: BaseDatabaseWrapper
    added: Collection[tuple[str, str]] = ()

    def is_added(self, model: str, name: str) -> bool:
        """Return whether the migration itself adds the field, which the old release does not know."""
        return (model.lower(), name.lower()) in self.added

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


def is_in_named_schema(db_table: str) -> bool:
    """Return whether the table is in a schema that it names: Django does not find its constraints there."""
    return split_db_table(db_table)[0] is not None
