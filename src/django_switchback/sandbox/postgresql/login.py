"""Connect to a PostgreSQL server, and report refusals without the password."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import psycopg
from psycopg.rows import TupleRow

from django_switchback.sandbox.environment import libpq_variables_removed
from django_switchback.sandbox.interface import Address, SandboxError

CONNECT_SECONDS = 10


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Holds the connection parameters of a server, except the database. libpq has defaults for empty ones.

    ``application`` is the ``application_name`` of each connection and overrides the one in the user's URL. It
    contains the run, so that its backends can be found and terminated.
    """

    host: str = ""
    port: str = ""
    user: str = ""
    password: str = ""
    options: tuple[tuple[str, str], ...] = ()
    application: str = ""

    def __repr__(self) -> str:
        return f"<login at {self.location}>"

    @property
    def location(self) -> str:
        """The server, as shown in messages."""
        port = self.port or "5432"
        if self.host.startswith(("/", "@")):
            return f"the socket in {self.host} (port {port})"
        return f"{self.host or 'the local socket'}:{port}"

    def address(self, database: str) -> Address:
        """Return the address of ``database`` on this server."""
        return Address(
            engine="postgresql",
            name=database,
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            options=tuple(sorted({**dict(self.options), **self._application_options}.items())),
        )

    @property
    def _application_options(self) -> dict[str, str]:
        return {"application_name": self.application} if self.application else {}

    def connect(self, database: str) -> psycopg.Connection[TupleRow]:
        """Open a connection in autocommit mode. Raises :class:`LoginRefused`."""
        own_parameters = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        parameters: dict[str, Any] = {
            # NOTE: an explicit parameter overrides the PG… variables of libpq.
            "application_name": "django-switchback",
            "client_encoding": "utf8",
            "connect_timeout": str(CONNECT_SECONDS),
            **dict(self.options),
            **self._application_options,
            **{key: value for key, value in own_parameters.items() if value},
            "dbname": database,
        }
        try:
            with libpq_variables_removed():
                return psycopg.connect(autocommit=True, **parameters)
        except psycopg.Error as error:
            # The cause is not chained, as it may contain the password, which LoginRefused removes.
            raise LoginRefused(self, database, error) from None

    def without_password(self, text: str) -> str:
        """Return ``text`` on one line, with the password replaced, percent-encoded or not."""
        for secret in {self.password, quote(self.password, safe="")} - {""}:
            text = text.replace(secret, "***")
        return " ".join(text.split())


class ServerUnreachable(SandboxError):
    """Reports a host and port on which no server listens."""

    def __init__(self, login: Login, reason: str) -> None:
        super().__init__(
            f"no PostgreSQL server can be reached at {login.location}: {reason}; is it running, "
            "and is the host in the URL right?"
        )


class LoginRefused(SandboxError):
    """Reports a server that refused or closed a connection."""

    def __init__(self, login: Login, database: str, error: psycopg.Error) -> None:
        pgconn = getattr(error, "pgconn", None)
        hint = ""
        if pgconn is not None and (pgconn.used_password or pgconn.needs_password):
            wrong = "; are the user and the password in the URL right?"
            hint = wrong if login.password else "; it asks for a password and the URL holds none"
        user = f"user {login.user!r}" if login.user else "this user"
        said = login.without_password(str(error)) or "no reason given"
        super().__init__(
            f"the PostgreSQL server at {login.location} refuses {user} on database {database!r}: {said}{hint}"
        )


def check_reachable(login: Login) -> None:
    """Open and close a socket to the server, without logging in. Raises :class:`ServerUnreachable`.

    This distinguishes an absent server from one that refuses; libpq reports both as text only.
    """
    port = int(login.port or 5432)
    try:
        if login.host.startswith("/"):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(CONNECT_SECONDS)
                probe.connect(str(Path(login.host, f".s.PGSQL.{port}")))
        elif login.host and not login.host.startswith("@"):
            socket.create_connection((login.host, port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise ServerUnreachable(login, error.strerror or str(error)) from error
