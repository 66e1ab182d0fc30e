"""Migration operations that hold up on SQLite and PostgreSQL, forward, backward and run again.

Each of them is one of Django's own operations with a guard around it; the parent changes Django's state.
"""

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    CreateExtension,
)
from django.db.backends.base.schema import BaseDatabaseSchemaEditor as Editor
from django.db.migrations.operations import AddConstraint, AddIndex
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState as State

from .indexes import drop_unfinished_index, index_exists


class AddIndexResumably(AddIndexConcurrently):
    """An index built beside the traffic, in a migration with ``atomic = False``.

    A migration like that can stop half way, so each index is skipped if it is there, built again if
    PostgreSQL left it unfinished, and need not be there to be dropped. SQLite gets a plain index.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Editor, from_state: State, to_state: State
    ) -> None:
        drop_unfinished_index(schema_editor, self.index.name)
        if index_exists(schema_editor, self.index.name):
            return
        parent = AddIndexConcurrently if _is_postgresql(schema_editor) else AddIndex
        parent.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Editor, from_state: State, to_state: State
    ) -> None:
        if not index_exists(schema_editor, self.index.name):
            return
        parent = AddIndexConcurrently if _is_postgresql(schema_editor) else AddIndex
        parent.database_backwards(self, app_label, schema_editor, from_state, to_state)


class AddCheckNotValid(AddConstraintNotValid):
    """A check that new rows have to meet and old rows do not yet.

    SQLite knows no such thing: there the check is known to Django only, until ``ValidateCheck``.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Editor, from_state: State, to_state: State
    ) -> None:
        if _is_postgresql(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Editor, from_state: State, to_state: State
    ) -> None:
        if _is_postgresql(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class _CheckOperation(Operation):
    """About a check that is in Django's state already."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name = model_name
        self.name = name

    def state_forwards(self, app_label: str, state: State) -> None:
        """The check is in the state since ``AddCheckNotValid``."""

    def _add(self, app_label: str, state: State) -> tuple[AddConstraint, State]:
        """The operation that adds the check, and a state that lacks it."""
        constraint = state.models[app_label, self.model_name.lower()].get_constraint_by_name(self.name)
        without = state.clone()
        without.remove_constraint(app_label, self.model_name.lower(), self.name)
        return AddConstraint(self.model_name, constraint), without


class ValidateCheck(_CheckOperation):
    """From here on all rows meet the check. Rolling back takes the check away; see ``LeaveCheckNotValid``."""

    def describe(self) -> str:
        return f"Validate check {self.name} on model {self.model_name}"

    def database_forwards(
        self, app_label: str, schema_editor: Editor, from_state: State, to_state: State
    ) -> None:
        if _is_postgresql(schema_editor):
            table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
            quote = schema_editor.quote_name
            schema_editor.execute(f"ALTER TABLE {quote(table)} VALIDATE CONSTRAINT {quote(self.name)}")
        else:
            operation, without = self._add(app_label, to_state)
            operation.database_forwards(app_label, schema_editor, without, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Editor, from_state: State, to_state: State
    ) -> None:
        operation, without = self._add(app_label, to_state)
        operation.database_backwards(app_label, schema_editor, from_state, without)


class LeaveCheckNotValid(_CheckOperation):
    """Nothing going forward; rolling back, the check as it was before ``ValidateCheck``: not valid.

    It stands at the head of the operations, so that it comes last on the way back: a check that is not valid
    still refuses the old values, which therefore have to be restored while it is away.
    """

    def describe(self) -> str:
        return f"Going back, leave check {self.name} on model {self.model_name} not valid"

    def database_forwards(
        self, app_label: str, schema_editor: Editor, from_state: State, to_state: State
    ) -> None:
        """PostgreSQL needs nothing, SQLite has nothing."""

    def database_backwards(
        self, app_label: str, schema_editor: Editor, from_state: State, to_state: State
    ) -> None:
        operation, without = self._add(app_label, to_state)
        AddCheckNotValid(self.model_name, operation.constraint).database_forwards(
            app_label, schema_editor, without, to_state
        )


class OwnExtension(CreateExtension):
    """A PostgreSQL extension that goes again when rolled back, unless somebody else had installed it.

    The extension's comment says that it is ours, so the two statements are one transaction.
    """

    atomic = True

    def __init__(self, name: str, owner: str) -> None:
        super().__init__(name)
        self.owner = owner

    @property
    def _comment(self) -> str:
        return f"created by migration {self.owner}"

    def database_forwards(
        self, app_label: str, schema_editor: Editor, from_state: State, to_state: State
    ) -> None:
        if not _is_postgresql(schema_editor) or self.extension_exists(schema_editor, self.name):
            return
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        name, comment = schema_editor.quote_name(self.name), schema_editor.quote_value(self._comment)
        schema_editor.execute(f"COMMENT ON EXTENSION {name} IS {comment}")

    def database_backwards(
        self, app_label: str, schema_editor: Editor, from_state: State, to_state: State
    ) -> None:
        if _is_postgresql(schema_editor) and self._is_ours(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)

    def _is_ours(self, schema_editor: Editor) -> bool:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT obj_description(oid, 'pg_extension') FROM pg_extension WHERE extname = %s",
                [self.name],
            )
            row = cursor.fetchone()
        return row is not None and row[0] == self._comment


def _is_postgresql(schema_editor: Editor) -> bool:
    return schema_editor.connection.vendor == "postgresql"
