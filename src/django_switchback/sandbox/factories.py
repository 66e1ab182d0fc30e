"""Every kind of factory, as plain data that a worker is given on its standard input."""

from __future__ import annotations

from typing import TypeAlias

from django_switchback.sandbox.postgresql.factory import PostgresFactory
from django_switchback.sandbox.sqlite import SqliteFactory

AnyFactory: TypeAlias = SqliteFactory | PostgresFactory
"""Told apart by msgspec's tag; it may hold a password, so it goes on no command line and in no log."""
