"""Ends a run's own connections in a PostgreSQL server, found by their ``application_name`` and database."""

from __future__ import annotations

import time
from typing import LiteralString

import psycopg
from psycopg.rows import TupleRow

from django_switchback.sandbox.interface import SandboxError
from django_switchback.sandbox.names import PREFIX, RunIdentity, parse_name

TERMINATE_SECONDS = 10.0
"""How long a backend may take to end: a CREATE DATABASE looks whether it shall end between two files."""
_PAUSE = 0.01
_ENDABLE: LiteralString = (
    "FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid "
    "WHERE a.pid <> pg_catalog.pg_backend_pid() AND pg_catalog.pg_has_role(r.oid, 'USAGE') "
    # To end a superuser's backend takes a superuser, whatever roles one is a member of.
    "AND (NOT r.rolsuper OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)) "
)
_END: LiteralString = "SELECT pg_catalog.pg_terminate_backend(a.pid) " + _ENDABLE


class BackendsRemain(SandboxError):
    """Connections of a run do not end although they were told to."""

    def __init__(self, run: RunIdentity) -> None:
        super().__init__(
            f"the server does not end the connections of run {run.id} within {TERMINATE_SECONDS:g} s"
        )


def terminate_backends(connection: psycopg.Connection[TupleRow], run: RunIdentity) -> None:
    """End every other backend of ``run`` that this role may end, and wait until none is left.

    Those are the backends that carry its application name and those on its sandboxes, whatever they call
    themselves. Raises :class:`BackendsRemain`.
    """
    own: LiteralString = "AND (a.application_name = %s OR pg_catalog.starts_with(a.datname::text, %s))"
    deadline = time.monotonic() + TERMINATE_SECONDS
    while connection.execute(_END + own, (run.application, run.prefix)).fetchall():
        if time.monotonic() > deadline:
            raise BackendsRemain(run)
        time.sleep(_PAUSE)


def connected_runs(connection: psycopg.Connection[TupleRow]) -> set[RunIdentity]:
    """Return the runs that are connected to the server, by their application names."""
    query: LiteralString = (
        "SELECT DISTINCT application_name FROM pg_catalog.pg_stat_activity "
        "WHERE pg_catalog.starts_with(application_name, %s)"
    )
    names = [str(name) for (name,) in connection.execute(query, (PREFIX,))]
    return {run for run in map(parse_name, names) if run is not None}


def terminate_backends_on(connection: psycopg.Connection[TupleRow], database: str) -> None:
    """Tell every other backend on ``database`` that this role may end to end."""
    connection.execute(_END + "AND a.datname = %s", (database,))
