"""Open the PostgreSQL server in the user's URL; the database in that URL is not used."""

from __future__ import annotations

from contextlib import ExitStack
from urllib.parse import urlsplit

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict

from django_switchback.errors import InvalidDatabaseUrl, UsageError
from django_switchback.sandbox.interface import MAJORS, SandboxError
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.postgresql.factory import PostgresFactory
from django_switchback.sandbox.postgresql.login import Login, check_reachable
from django_switchback.sandbox.postgresql.maintenance import disconnect, find_database, maintenance_connection
from django_switchback.sandbox.postgresql.server import PostgresServer, server_version

SCHEMES = ("postgresql", "postgres")
_LOGIN_FIELDS = ("host", "port", "user", "password", "dbname")


class UnsupportedVersion(UsageError):
    """Reports a server that is too old or too new."""

    def __init__(self, login: Login, version: str) -> None:
        super().__init__(
            f"the server at {login.location} is PostgreSQL {version}: expected {MAJORS[0]} to {MAJORS[-1]}"
        )


class CreateDatabaseDenied(SandboxError):
    """Reports a role that cannot create databases."""

    def __init__(self, login: Login, role: str) -> None:
        super().__init__(
            f"role {role!r} may not create databases on the server at {login.location}: "
            f'let an administrator run ALTER ROLE "{role}" CREATEDB, or give the URL of another role'
        )


class ReadOnlyServer(SandboxError):
    """Reports a server that is a standby."""

    def __init__(self, login: Login) -> None:
        super().__init__(
            f"the server at {login.location} is a read-only standby: give the URL of its primary"
        )


def parse_url(url: str) -> tuple[Login, str]:
    """Return the login and the database in ``url``. Raises :class:`InvalidDatabaseUrl`."""
    try:
        if _is_ambiguous(url):
            raise InvalidDatabaseUrl
        given = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
        int(given.get("port") or 0)
    except (ValueError, psycopg.Error):
        # The cause is not chained, as it may quote part of the password.
        raise InvalidDatabaseUrl from None
    options = tuple(sorted((key, value) for key, value in given.items() if key not in _LOGIN_FIELDS))
    login = Login(options=options, **{key: given.get(key, "") for key in _LOGIN_FIELDS if key != "dbname"})
    return login, given.get("dbname", "")


def _is_ambiguous(url: str) -> bool:
    """Return whether ``url`` may be split in the middle of a password that is not percent-encoded.

    Raises ``ValueError`` if it cannot be split at all.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or parts.fragment or any(map(str.isspace, url)):
        return True
    late = "@" in parts.path or ("@" in parts.query and "@" not in parts.netloc)
    return late or parts.netloc.count("@") > 1


def open_url(url: str, run: RunIdentity) -> PostgresServer:
    """Return the server in ``url``, after checking that databases can be created on it.

    Raises :class:`UsageError` for a URL that cannot be used as given, :class:`SandboxError` if the server
    refuses. No message contains the password.
    """
    login, user_database = parse_url(url)
    login = msgspec.structs.replace(login, application=run.application)
    check_reachable(login)
    with ExitStack() as cleanup:
        cleanup.callback(disconnect, login)
        database = find_database(login)
        version = server_version(login, database)
        major = int(version.partition(".")[0])
        if major not in MAJORS:
            raise UnsupportedVersion(login, version)
        _check_role(login, database)
        factory = PostgresFactory(
            run=run, login=login, major=major, database=database, user_database=user_database
        )
        cleanup.callback(factory.drop_all)
        return PostgresServer(factory, version, cleanup.pop_all())


def _check_role(login: Login, database: str) -> None:
    with maintenance_connection(login, database) as connection:
        row = connection.execute(
            "SELECT current_user, rolcreatedb OR rolsuper, pg_catalog.pg_is_in_recovery() "
            "FROM pg_catalog.pg_roles WHERE rolname = current_user"
        ).fetchone()
    role, may_create, standby = row or ("?", False, False)
    if standby:
        raise ReadOnlyServer(login)
    if not may_create:
        raise CreateDatabaseDenied(login, str(role))
