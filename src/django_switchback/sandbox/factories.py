"""Define the union of all factories, which workers decode from standard input."""

from __future__ import annotations

from typing import TypeAlias

from django_switchback.sandbox.postgresql.factory import PostgresFactory
from django_switchback.sandbox.sqlite import SqliteFactory

AnyFactory: TypeAlias = SqliteFactory | PostgresFactory
"""A tagged msgspec union. May hold a password: never logged nor put on a command line."""
