"""A server named by URL: refusals without the password, and the user's own database untouched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from django_switchback.errors import InvalidDatabaseUrl, UsageError
from django_switchback.sandbox.interface import SandboxError, Server
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server
from django_switchback.sandbox.postgresql import url as urls
from django_switchback.sandbox.postgresql.login import Login, LoginRefused, ServerUnreachable
from django_switchback.sandbox.postgresql.maintenance import disconnect
from django_switchback.sandbox.postgresql.url import CreateDatabaseDenied, UnsupportedVersion, parse_url

from .support import databases, execute, factory_of, postgres, url_of

SECRET = "s3cret%21word"
"""As it stands in a URL; the password itself ends in ``!word``."""


class Roles(NamedTuple):
    """A server with one role that may make databases and one that may not, both with a password."""

    server: Server
    login: Login

    def url(self, role: str, password: str = SECRET, database: str = "users_own") -> str:
        """Return the URL with which ``role`` reaches its own database."""
        return url_of(self.login, database, user=role, password=password)


@pytest.fixture(scope="module")
def roles(postgresql_server: Server) -> Iterator[Roles]:
    """Give a server that asks these roles, and these alone, for their password."""
    admin = postgres(postgresql_server)
    for role, may in (("maker", "CREATEDB"), ("reader", "NOCREATEDB")):
        execute(admin, f"CREATE ROLE {role} LOGIN {may} PASSWORD 's3cret!word'")
    execute(admin, "CREATE DATABASE users_own OWNER maker")
    [(file,)] = execute(admin, "SHOW hba_file")
    rules = Path(str(file))
    before = rules.read_text()
    rules.write_text("local all maker,reader scram-sha-256\n" + before)
    execute(admin, "SELECT pg_reload_conf()")
    yield Roles(postgresql_server, factory_of(postgresql_server).login)
    rules.write_text(before)
    execute(admin, "SELECT pg_reload_conf()")
    execute(admin, "DROP DATABASE users_own")
    execute(admin, "DROP ROLE maker")
    execute(admin, "DROP ROLE reader")


def hides(error: BaseException, *secrets: str) -> bool:
    """Tell whether an error, its causes and its repr keep the secrets."""
    texts = []
    cause: BaseException | None = error
    while cause is not None:
        texts += [str(cause), repr(cause), *map(str, getattr(cause, "__notes__", ()))]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return not any(secret in text for text in texts for secret in secrets)


def sessions(roles: Roles) -> list[tuple[object, ...]]:
    """Return how often anybody has connected to the user's own database, and what they wrote there."""
    query = "SELECT sessions, tup_inserted, tup_updated FROM pg_stat_database WHERE datname = 'users_own'"
    return execute(postgres(roles.server), query)


def test_sandboxes_are_made_and_dropped_there(roles: Roles) -> None:
    """A run on a server by URL makes sandboxes under its role, and drops all of them at its end."""
    before = databases(roles.server)
    with open_server(roles.url("maker"), RunIdentity.new()) as server:
        assert server.name == roles.server.name
        assert server.version == roles.server.version
        first = server.factory().create("head")
        execute(first, "CREATE TABLE t (i integer)")
        server.factory().clone(first, "clone")
        assert len(databases(roles.server) - before) == 2
    assert databases(roles.server) == before


def test_users_own_database_is_not_even_connected_to(roles: Roles) -> None:
    """The database in the URL sees no connection and no row of a whole run."""
    own = roles.login.address("users_own")
    start = sessions(roles)
    execute(own, "SELECT 1")
    before = sessions(roles)
    assert before != start, "a connection to it would not be seen"
    with open_server(roles.url("maker"), RunIdentity.new()) as server:
        execute(server.factory().create("head"), "SELECT 1")
    assert sessions(roles) == before


def test_other_runs_on_one_server_live_side_by_side(roles: Roles) -> None:
    """Closing one run drops nothing of another that still lives, nor does opening a third."""
    with open_server(roles.url("maker"), RunIdentity.new()) as first:
        kept = first.factory().create("kept")
        with open_server(roles.url("maker"), RunIdentity.new()) as second:
            second.factory().create("gone")
        assert kept.name in databases(roles.server)


def test_wrong_password(roles: Roles) -> None:
    """A wrong password is said to be that, and is not repeated."""
    with (
        pytest.raises(LoginRefused, match=r"user 'maker'.*password") as refusal,
        open_server(roles.url("maker", "wr0ng"), RunIdentity.new()),
    ):
        pass
    assert hides(refusal.value, "wr0ng", roles.url("maker", "wr0ng"))
    assert not isinstance(refusal.value, UsageError)


def test_missing_password(roles: Roles) -> None:
    """A server that asks for a password when the URL holds none says so."""
    with (
        pytest.raises(LoginRefused, match="asks for a password"),
        open_server(roles.url("maker", ""), RunIdentity.new()),
    ):
        pass


def test_role_that_may_not_create(roles: Roles) -> None:
    """A role without CREATEDB is told which command helps, without the password."""
    with (
        pytest.raises(CreateDatabaseDenied, match='ALTER ROLE "reader" CREATEDB') as refusal,
        open_server(roles.url("reader"), RunIdentity.new()),
    ):
        pass
    assert hides(refusal.value, SECRET, "s3cret")
    query = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader'"
    # The server's process ends a moment after the client has closed its connection.
    deadline = time.monotonic() + 10
    while execute(postgres(roles.server), query) != [(0,)]:
        assert time.monotonic() < deadline, "a connection stays open after the refusal"
        time.sleep(0.05)


@pytest.mark.parametrize(
    "place", ["127.0.0.1:1/db", "/db?host=/nowhere", "no-such-host.invalid/db", "[::1]:1/db"]
)
def test_unreachable(place: str) -> None:
    """An absent server is said to be absent, with its address and without the password."""
    with (
        pytest.raises(ServerUnreachable, match="no PostgreSQL server can be reached at") as refusal,
        open_server(f"postgresql://me:s3cret@{place}", RunIdentity.new()),
    ):
        pass
    assert isinstance(refusal.value, SandboxError)
    assert hides(refusal.value, "s3cret")


def test_version_out_of_range(roles: Roles, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server older or newer than what is supported is wrong usage."""
    monkeypatch.setattr(urls, "MAJORS", (16, 17))
    with (
        pytest.raises(UnsupportedVersion, match="expected 16 to 17"),
        open_server(roles.url("maker"), RunIdentity.new()),
    ):
        pass


def test_template1_serves_where_postgres_is_closed(roles: Roles) -> None:
    """Without a database ``postgres`` sandboxes are made from ``template1``, which stays free for others."""
    admin = postgres(roles.server, "template1")
    disconnect(roles.login)
    execute(admin, "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
    try:
        with open_server(roles.url("maker"), RunIdentity.new()) as server:
            address = server.factory().create("head")
            execute(admin, f"SELECT 1 FROM pg_database WHERE datname = '{address.name}'")
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'template1' AND usename = 'maker'"
            assert execute(admin, query) == [(0,)]
    finally:
        execute(admin, "GRANT CONNECT ON DATABASE postgres TO PUBLIC")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:pa@ss@host/db",
        "postgresql://me:s3c/ret@host:x/db",
        "postgresql://me:s3c#ret@host/db",
        "postgresql://me:s3cret@host:port/db",
        "postgresql://me:s3cret@host/db?nonsense=1",
        "postgresql://me:s3cret@[host/db",
        "postgresql://me:%zz@host/db",
        "postgresql://me:12/s3cret@host/db",
        "postgresql://me:12?application_name=s3cret@host/db",
        "postgresql://me:s3c ret@host/db",
        "postgresql://me:s3c\u2100ret@host/db",
    ],
)
def test_unreadable_url_is_not_repeated(url: str) -> None:
    """A URL that cannot be read is wrong usage, and no piece of it is shown."""
    with pytest.raises(InvalidDatabaseUrl) as refusal:
        parse_url(url)
    assert hides(refusal.value, "pa@ss", "ss@host", "s3c", "ret@", "%zz", "me:")


@pytest.mark.parametrize(
    ("url", "login", "own"),
    [
        (
            "postgresql://me:p%40ss@h:6543/app?sslmode=require",
            Login(host="h", port="6543", user="me", password="p@ss", options=(("sslmode", "require"),)),
            "app",
        ),
        ("postgres://h/app", Login(host="h"), "app"),
        ("postgresql://%2Frun%2Fpg/app", Login(host="/run/pg"), "app"),
        ("postgresql:///app?host=/run/pg&user=me", Login(host="/run/pg", user="me"), "app"),
        ("postgresql://[::1]:5433/", Login(host="::1", port="5433"), ""),
    ],
)
def test_url_is_read_as_libpq_reads_it(url: str, login: Login, own: str) -> None:
    """Users, passwords, sockets and further parameters are what libpq would take them for."""
    assert parse_url(url) == (login, own)


def test_password_is_in_no_repr() -> None:
    """Neither a login, a factory's address nor what holds them shows its password when printed."""
    login = Login(host="h", user="me", password="s3cret")
    assert "s3cret" not in repr(login) + repr(login.address("db")) + repr((login,)) + str(login)
    assert "s3cret" in msgspec.json.encode(login).decode()


def test_users_own_database_is_no_last_resort(roles: Roles) -> None:
    """Where no other database lets the role in, the run is refused; the one in the URL is not tried."""
    admin = postgres(roles.server)
    before = sessions(roles)
    disconnect(roles.login)
    names = ("postgres", "template1")
    try:
        for name in names:
            execute(admin, f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
        with (
            pytest.raises(LoginRefused, match="on database 'postgres'"),
            open_server(roles.url("maker"), RunIdentity.new()),
        ):
            pass
    finally:
        for name in names:
            execute(admin, f"GRANT CONNECT ON DATABASE {name} TO PUBLIC")
    assert sessions(roles) == before
