"""Servers for every test that needs a database: started once a session, and never skipped.

Where a version of PostgreSQL cannot be had, the tests that ask for it end in an error that says what to
install.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeAlias

import pytest
from hypothesis import Phase, settings

from django_switchback.sandbox.interface import Server
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server

POSTGRESQL = (pytest.param("postgresql-15", marks=pytest.mark.slow), "postgresql-18")
"""Whole runs of other tests are on PostgreSQL 15; what is asked of both is asked of 15 by ``nox -s slow``."""
DATABASES = ("sqlite", *POSTGRESQL)

# A test must not depend on what an earlier session found, nor leave files in the checkout.
# The same examples each time, so that what is red is red by the change, and red at once: the search for a
# smaller example may take longer than a test has.
# `--hypothesis-profile explore --timeout 0` looks further, and for the smallest example.
settings.register_profile("explore", database=None, deadline=None)
settings.register_profile(
    "switchback",
    settings.get_profile("explore"),
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("switchback")

# In the background of a shell Ctrl-C is ignored, and under nohup SIGHUP, by what is started here too: tests
# send both.
for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)

ServerOf: TypeAlias = Callable[[str], Server]
pytest_plugins = ["pytester"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of the session ``unit``."""
    parser.addoption("--no-databases", action="store_true", help="fail each test that opens a database")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse SQLite in the whole process with an audit hook; ``server_of`` refuses the servers."""
    if config.getoption("--no-databases"):
        sys.addaudithook(_refuse_sqlite)


def _refuse_sqlite(event: str, _: tuple[object, ...]) -> None:
    if event == "sqlite3.connect":
        raise AssertionError("this test opens a database: it does not belong to the session unit")


@pytest.fixture(scope="session")
def server_of(pytestconfig: pytest.Config) -> Iterator[ServerOf]:
    """Give the server of a SPEC, opened when it is first asked for."""
    if pytestconfig.getoption("--no-databases"):
        pytest.fail("this test needs a server: it does not belong to the session unit")
    run = RunIdentity.new()
    servers: dict[str, Server] = {}
    with ExitStack() as stack:

        def opened(spec: str) -> Server:
            if spec not in servers:
                servers[spec] = stack.enter_context(open_server(spec, run))
            return servers[spec]

        yield opened


@pytest.fixture(scope="session")
def sqlite_server(server_of: ServerOf) -> Server:
    """Give a place for SQLite files."""
    return server_of("sqlite")


@pytest.fixture(scope="session", params=POSTGRESQL)
def postgresql_server(request: pytest.FixtureRequest, server_of: ServerOf) -> Server:
    """Give a running PostgreSQL server of each version."""
    return server_of(str(request.param))


@pytest.fixture(scope="session", params=DATABASES)
def database_server(request: pytest.FixtureRequest, server_of: ServerOf) -> Server:
    """Give a server of each kind and version."""
    return server_of(str(request.param))
