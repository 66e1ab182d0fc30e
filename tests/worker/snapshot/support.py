"""What the tests of snapshots share: a connection, statements on it that are undone, differences in short."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from django_switchback.evidence import Difference
from django_switchback.sandbox.interface import Address, Server
from django_switchback.worker.snapshot import reading
from django_switchback.worker.snapshot.compare_schemas import compare_schemas
from django_switchback.worker.snapshot.interface import Schema

BACKENDS = {"sqlite": "django.db.backends.sqlite3", "postgresql": "django.db.backends.postgresql"}

Short: TypeAlias = tuple[str, str, str, str | None]
"""Kind, name, change and attribute of a difference."""


MODULES = (
    "large_tables.disk_columns",
    "large_tables.hashed_rows",
    "large_tables.sorting",
    "postgresql.hashed_rows",
)
"""Modules that import the number of items per chunk."""


def in_small_portions(patch: pytest.MonkeyPatch, size: int) -> None:
    """Store even a few rows in many chunks."""
    for module in MODULES:
        patch.setattr(f"django_switchback.worker.snapshot.{module}.CHUNK_ITEMS", size)


def connected(server: Server) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to a new sandbox and drop both."""
    factory = server.factory()
    address = factory.create("snapshot")
    connection = connection_to(address)
    yield connection
    connection.close()
    factory.drop(address)


def connection_to(address: Address) -> BaseDatabaseWrapper:
    """Return a connection to a sandbox."""
    return ConnectionHandler({"default": settings_of(address)})["default"]


def settings_of(address: Address) -> dict[str, Any]:
    """Return Django's settings of a sandbox."""
    return {
        "ENGINE": BACKENDS[address.engine],
        "NAME": address.name,
        "HOST": address.host,
        "PORT": address.port,
        "USER": address.user,
        "PASSWORD": address.password,
    }


@contextmanager
def undone(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Undo what is done inside."""
    connection.ensure_connection()
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    try:
        yield
    finally:
        connection.rollback()
        connection.set_autocommit(True)


def run(connection: BaseDatabaseWrapper, script: str) -> None:
    """Run the statements of a script, each of which ends with a semicolon at the end of a line."""
    with connection.cursor() as cursor:
        for statement in script.split(";\n"):
            if statement.strip().strip(";"):
                cursor.execute(statement)


def differences(connection: BaseDatabaseWrapper, before: Schema, change: str) -> list[Short]:
    """Return what ``change`` makes different from ``before``, in short, and undo it."""
    with undone(connection):
        run(connection, change)
        return [short(item) for item in compare_schemas(before, reading.schema(connection))]


def short(item: Difference) -> Short:
    """Return the parts of a difference that tell which it is."""
    return item.kind, item.name, item.change, item.attribute
