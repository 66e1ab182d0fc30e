"""What a step that failed did to the models of a state is undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import Error, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import operations as ops
from django.db.migrations.state import ProjectState
from seed.support import connected, created, migration_of, model

from django_switchback.sandbox.interface import Server
from django_switchback.worker.migrate.project_state.field_restore import (
    restore_fields_on_error,
    restore_operations_on_error,
)
from django_switchback.worker.migrate.project_state.rendering import render_models

AUTHOR = model("Author", ("name", models.CharField(max_length=20)))
KEY = ops.AddField("author", "code", models.CharField(max_length=5, primary_key=True, default="a"))


@pytest.fixture
def database(sqlite_server: Server) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to a table of two rows, of which not both can have the same key."""
    for connection in connected(sqlite_server):
        created(connection, AUTHOR)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO shop_author (name) VALUES ('one'), ('two')")
        yield connection


def state() -> ProjectState:
    """Return a rendered state with the model of the table."""
    found = ProjectState()
    found.add_model(AUTHOR.clone())
    render_models(found)
    return found


def keys(of: ProjectState) -> list[str]:
    """Return the fields that say of themselves that they are the key."""
    return [
        field.name for field in of.apps.get_model("shop", "Author")._meta.local_fields if field.primary_key
    ]


def fail(database: BaseDatabaseWrapper, start: ProjectState) -> None:
    """Add a key that two rows have."""
    migration = migration_of(KEY)
    with database.schema_editor() as editor:
        migration.apply(start.clone(), editor)


def test_django_leaves_them_changed(database: BaseDatabaseWrapper) -> None:
    """Or else there is nothing to undo."""
    start = state()
    with suppress(Error):
        fail(database, start)
    assert keys(start) == []


def test_they_are_put_back(database: BaseDatabaseWrapper) -> None:
    """In each of the states, as often as a step fails, and what it raised goes on."""
    start, other, unrendered = state(), state(), ProjectState()
    for failing in (start, other, start):
        with pytest.raises(Error), restore_fields_on_error("shop", unrendered, start, other):
            fail(database, failing)
        assert keys(start) == keys(other) == ["id"]
    assert "apps" not in vars(unrendered)


def test_what_does_not_fail_stays() -> None:
    """A step may change what it was given."""
    start = state()
    with restore_fields_on_error("shop", start), restore_fields_on_error("nothing", start):
        start.apps.get_model("shop", "Author")._meta.local_fields[0].primary_key = False
    assert keys(start) == []


def test_operations_are_restored() -> None:
    """Django exchanges the names of RenameModel while it is rolled back, and leaves it so on an error."""
    inner = ops.RenameModel("Author", "Writer")
    outer = ops.SeparateDatabaseAndState(database_operations=[inner])
    broken: Any = None
    for operations, names in (([], ("Writer", "Author")), ([outer], ("Author", "Writer"))):
        inner.old_name, inner.new_name = "Author", "Writer"
        with suppress(AttributeError), restore_operations_on_error(operations):
            inner.database_backwards("shop", broken, broken, broken)
        assert (inner.old_name, inner.new_name) == names
