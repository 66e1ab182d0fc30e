"""How to log in to a PostgreSQL server, and what to say when it refuses, never with the password."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import quote

import msgspec
import psycopg
from psycopg.rows import TupleRow

from django_switchback.sandbox.environment import libpq_variables_removed
from django_switchback.sandbox.interface import Address, SandboxError

CONNECT_SECONDS = 10


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A server and who we are there. An empty part is left to libpq.

    ``application`` is the ``application_name`` of each connection: it carries the run, which ends what it
    left under way in the server by that name. It goes before one that the user's URL holds.
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
        """The server, for people."""
        port = self.port or "5432"
        if self.host.startswith(("/", "@")):
            return f"the socket in {self.host} (port {port})"
        return f"{self.host or 'the local socket'}:{port}"

    def address(self, database: str) -> Address:
        """Return how to connect to ``database`` there."""
        return Address(
            engine="postgresql",
            name=database,
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            options=tuple(sorted({**dict(self.options), **self._named}.items())),
        )

    @property
    def _named(self) -> dict[str, str]:
        return {"application_name": self.application} if self.application else {}

    def connect(self, database: str) -> psycopg.Connection[TupleRow]:
        """Open a connection in autocommit mode. Raises :class:`LoginRefused`."""
        given = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        parameters = {
            # NOTE: a set value keeps PGOPTIONS and the like of a role's environment out.
            "application_name": "django-switchback",
            "client_encoding": "utf8",
            "connect_timeout": str(CONNECT_SECONDS),
            **dict(self.options),
            **self._named,
            **{key: value for key, value in given.items() if value},
            "dbname": database,
        }
        try:
            with libpq_variables_removed():
                return psycopg.connect(autocommit=True, **parameters)  # type: ignore[arg-type]
        except psycopg.Error as error:
            # The cause is not chained: only what Refused makes of it is known to hold no password.
            raise LoginRefused(self, database, error) from None

    def without_password(self, text: str) -> str:
        """Return ``text`` on one line, with the password taken out, however it was written."""
        for secret in {self.password, quote(self.password, safe="")} - {""}:
            text = text.replace(secret, "***")
        return " ".join(text.split())


class ServerUnreachable(SandboxError):
    """Nobody answers where the server should be."""

    def __init__(self, login: Login, reason: str) -> None:
        super().__init__(
            f"no PostgreSQL server can be reached at {login.location}: {reason}; is it running, "
            "and is the host "
            "in the URL right?"
        )


class LoginRefused(SandboxError):
    """The server would not let us in, or lost us."""

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
    """Knock at the server's door without logging in. Raises :class:`ServerUnreachable`.

    It tells an absent server from one that refuses, which libpq tells only in words.
    """
    port = int(login.port or 5432)
    try:
        if login.host.startswith("/"):
            with socket.socket(socket.AF_UNIX) as knock:
                knock.settimeout(CONNECT_SECONDS)
                knock.connect(str(Path(login.host, f".s.PGSQL.{port}")))
        elif login.host and not login.host.startswith("@"):
            socket.create_connection((login.host, port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise ServerUnreachable(login, error.strerror or str(error)) from error
