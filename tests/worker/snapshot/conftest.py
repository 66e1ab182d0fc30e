"""Django connections to sandboxes, without a project."""

from __future__ import annotations

from collections.abc import Iterator

import django
import pytest
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.sandbox.interface import Server

from .support import connected

if not settings.configured:
    settings.configure(USE_TZ=True)
    django.setup()


@pytest.fixture(scope="module")
def postgresql(postgresql_server: Server) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox of each version of PostgreSQL."""
    yield from connected(postgresql_server)


@pytest.fixture(scope="module")
def sqlite(sqlite_server: Server) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty SQLite sandbox."""
    yield from connected(sqlite_server)


@pytest.fixture(scope="module")
def database(database_server: Server) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox of each kind and version."""
    yield from connected(database_server)
