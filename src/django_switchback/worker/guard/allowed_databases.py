"""Which databases the code of a process may be connected to: the run's own, and no other."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple, TypeAlias

from django_switchback.sandbox.factories import AnyFactory
from django_switchback.sandbox.interface import Address
from django_switchback.sandbox.postgresql.factory import PostgresFactory

USUAL_PORT = "5432"


class ConnectionTarget(NamedTuple):
    """What somebody wants to be connected to, as the driver is told. Of SQLite, ``name`` is a file's path.

    ``hostaddr`` and ``service`` lead libpq past host and port.
    """

    vendor: str
    name: str
    host: str = ""
    port: str = ""
    hostaddr: str = ""
    service: str = ""

    @property
    def place(self) -> str:
        """The database for people; no part of it is a password."""
        if self.vendor == "sqlite":
            return self.name
        name = self.name or "a database"
        if self.service:
            return f"{name} of the service {self.service}"
        port = f":{self.port}" if self.port else ""
        return f"{name} at {self.hostaddr or self.host or 'the local socket'}{port}"


IsAllowed: TypeAlias = Callable[[ConnectionTarget], bool]


def allow_run(factory: AnyFactory) -> IsAllowed:
    """Return a test for the databases that a run makes by ``factory``."""
    if isinstance(factory, PostgresFactory):
        there = factory.login.address("")
        return lambda wanted: factory.owns(wanted.name) and _is_there(wanted, there)
    return lambda wanted: wanted.vendor == "sqlite" and factory.owns(path_of(wanted.name))


def allow_sandboxes(sandboxes: Iterable[Address]) -> IsAllowed:
    """Return a test for these databases and no other."""
    known = {sandbox.name: sandbox for sandbox in sandboxes}

    def reachable(wanted: ConnectionTarget) -> bool:
        name = path_of(wanted.name) if wanted.vendor == "sqlite" else wanted.name
        return name in known and _is_there(wanted, known[name])

    return reachable


def in_memory(name: str) -> bool:
    """Tell whether SQLite keeps a database of that name in the memory of this process."""
    return name in {"", ":memory:"} or (
        name.startswith("file:") and (name.startswith("file::memory:") or "mode=memory" in name)
    )


def path_of(name: str) -> str:
    """Return the path in ``name``, which may be a URI as SQLite reads it."""
    return name.removeprefix("file:").partition("?")[0] if name.startswith("file:") else name


def _is_there(wanted: ConnectionTarget, sandbox: Address) -> bool:
    """Tell whether the server that ``wanted`` leads to is the one of ``sandbox``."""
    if wanted.vendor != sandbox.engine or sandbox.engine == "sqlite":
        return wanted.vendor == sandbox.engine
    options = dict(sandbox.options)
    port = sandbox.port or USUAL_PORT
    # psycopg tries several hosts of one URL each by itself.
    return (
        wanted.host in {sandbox.host, *sandbox.host.split(",")}
        and (wanted.port or USUAL_PORT) in {port, *port.split(",")}
        and wanted.service == options.get("service", "")
        and (wanted.hostaddr == options.get("hostaddr", "") or _resolves(wanted.host, wanted.hostaddr))
    )


def _resolves(host: str, address: str) -> bool:
    """Tell whether ``address`` is one of ``host``, which psycopg looks up itself where it is asynchronous."""
    with suppress(OSError):
        return address in {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
    return False
