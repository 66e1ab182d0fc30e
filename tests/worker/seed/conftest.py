"""Django connections to sandboxes, without a project."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.sandbox.interface import Server

from .support import connected


@pytest.fixture(params=("sqlite", "postgresql-18"))
def database(
    request: pytest.FixtureRequest, server_of: Callable[[str], Server]
) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox of each kind."""
    yield from connected(server_of(str(request.param)))


@pytest.fixture
def sqlite(sqlite_server: Server) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty SQLite sandbox."""
    yield from connected(sqlite_server)


@pytest.fixture
def postgresql(server_of: Callable[[str], Server]) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox of PostgreSQL 18."""
    yield from connected(server_of("postgresql-18"))
