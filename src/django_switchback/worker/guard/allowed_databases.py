"""Decides which databases a process may connect to: only those of the run."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple, TypeAlias

from django_switchback.sandbox.factories import AnyFactory
from django_switchback.sandbox.interface import Address
from django_switchback.sandbox.postgresql.factory import PostgresFactory

DEFAULT_PORT = "5432"


class ConnectionTarget(NamedTuple):
    """The parameters of a connection, as passed to the driver. For SQLite, ``name`` is the path of the file.

    ``hostaddr`` and ``service`` override host and port in libpq.
    """

    vendor: str
    name: str
    host: str = ""
    port: str = ""
    hostaddr: str = ""
    service: str = ""

    @property
    def description(self) -> str:
        """The database in a form for messages, without passwords."""
        if self.vendor == "sqlite":
            return self.name
        name = self.name or "a database"
        if self.service:
            return f"{name} of the service {self.service}"
        port = f":{self.port}" if self.port else ""
        return f"{name} at {self.hostaddr or self.host or 'the local socket'}{port}"


IsAllowed: TypeAlias = Callable[[ConnectionTarget], bool]


def allow_run(factory: AnyFactory) -> IsAllowed:
    """Return a predicate for the databases that ``factory`` creates."""
    if isinstance(factory, PostgresFactory):
        server = factory.login.address("")
        return lambda wanted: factory.owns(wanted.name) and _is_same_server(wanted, server)
    return lambda wanted: wanted.vendor == "sqlite" and factory.owns(path_of(wanted.name))


def allow_sandboxes(sandboxes: Iterable[Address]) -> IsAllowed:
    """Return a predicate for exactly these databases."""
    sandboxes_by_name = {sandbox.name: sandbox for sandbox in sandboxes}

    def is_allowed(wanted: ConnectionTarget) -> bool:
        name = path_of(wanted.name) if wanted.vendor == "sqlite" else wanted.name
        return name in sandboxes_by_name and _is_same_server(wanted, sandboxes_by_name[name])

    return is_allowed


def in_memory(name: str) -> bool:
    """Return whether ``name`` is an in-memory database of SQLite."""
    return name in {"", ":memory:"} or (
        name.startswith("file:") and (name.startswith("file::memory:") or "mode=memory" in name)
    )


def path_of(name: str) -> str:
    """Return the path in ``name``, which may be a SQLite URI."""
    return name.removeprefix("file:").partition("?")[0] if name.startswith("file:") else name


def _is_same_server(target: ConnectionTarget, sandbox: Address) -> bool:
    """Return whether ``target`` is on the server of ``sandbox``."""
    if target.vendor != sandbox.engine or sandbox.engine == "sqlite":
        return target.vendor == sandbox.engine
    options = dict(sandbox.options)
    port = sandbox.port or DEFAULT_PORT
    # psycopg tries each host of a multi-host URL separately.
    return (
        target.host in {sandbox.host, *sandbox.host.split(",")}
        and (target.port or DEFAULT_PORT) in {port, *port.split(",")}
        and target.service == options.get("service", "")
        and (target.hostaddr == options.get("hostaddr", "") or _resolves(target.host, target.hostaddr))
    )


def _resolves(host: str, address: str) -> bool:
    """Return whether ``address`` is an address of ``host`` (async psycopg resolves hosts itself)."""
    with suppress(OSError):
        return address in {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
    return False
