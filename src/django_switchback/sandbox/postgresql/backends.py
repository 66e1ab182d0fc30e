"""Terminate a run's backends in a PostgreSQL server, by their ``application_name`` and database."""

from __future__ import annotations

import time
from typing import LiteralString

import psycopg
from psycopg.rows import TupleRow

from django_switchback.sandbox.interface import SandboxError
from django_switchback.sandbox.names import PREFIX, RunIdentity, parse_name

TERMINATE_SECONDS = 10.0
"""Seconds that a backend may take to exit: CREATE DATABASE checks for interrupts only between two files."""
_POLL_SECONDS = 0.01
_TERMINABLE: LiteralString = (
    "FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid "
    "WHERE a.pid <> pg_catalog.pg_backend_pid() AND pg_catalog.pg_has_role(r.oid, 'USAGE') "
    # Only a superuser may terminate a superuser's backend, regardless of role memberships.
    "AND (NOT r.rolsuper OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)) "
)
_TERMINATE: LiteralString = "SELECT pg_catalog.pg_terminate_backend(a.pid) " + _TERMINABLE


class BackendsRemain(SandboxError):
    """Reports connections of a run that do not end after pg_terminate_backend()."""

    def __init__(self, run: RunIdentity) -> None:
        super().__init__(
            f"the server does not end the connections of run {run.id} within {TERMINATE_SECONDS:g} s"
        )


def terminate_backends(connection: psycopg.Connection[TupleRow], run: RunIdentity) -> None:
    """Terminate every other backend of ``run`` that this role may terminate, and wait until none remains.

    These are the backends with its application name, and those on its databases whatever their name.
    Raises :class:`BackendsRemain`.
    """
    own: LiteralString = "AND (a.application_name = %s OR pg_catalog.starts_with(a.datname::text, %s))"
    deadline = time.monotonic() + TERMINATE_SECONDS
    while connection.execute(_TERMINATE + own, (run.application, run.prefix)).fetchall():
        if time.monotonic() > deadline:
            raise BackendsRemain(run)
        time.sleep(_POLL_SECONDS)


def connected_runs(connection: psycopg.Connection[TupleRow]) -> set[RunIdentity]:
    """Return the runs that are connected to the server, from their application names."""
    query: LiteralString = (
        "SELECT DISTINCT application_name FROM pg_catalog.pg_stat_activity "
        "WHERE pg_catalog.starts_with(application_name, %s)"
    )
    names = [str(name) for (name,) in connection.execute(query, (PREFIX,))]
    return {run for run in map(parse_name, names) if run is not None}


def terminate_backends_on(connection: psycopg.Connection[TupleRow], database: str) -> None:
    """Terminate every other backend on ``database`` that this role may terminate, without waiting."""
    connection.execute(_TERMINATE + "AND a.datname = %s", (database,))
