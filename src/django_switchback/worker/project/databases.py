"""The swap of a project's ``DATABASES`` for sandboxes, and the environment that goes with it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from django.core.exceptions import ImproperlyConfigured

from django_switchback.sandbox.interface import Address
from django_switchback.worker.guard.database_urls import sandbox_url
from django_switchback.worker.project.engines import vendor_of

BACKENDS = {
    "sqlite": "django.db.backends.sqlite3",
    "postgresql": "django.db.backends.postgresql",
}
# Of OPTIONS only what changes what statements do; addresses, certificates, pools and roles belong to
# the server that the project really uses.
KEPT_OPTIONS = {
    "sqlite": {"init_command", "transaction_mode", "timeout"},
    "postgresql": {"isolation_level", "server_side_binding"},
}
KEPT_SETTINGS = {"ATOMIC_REQUESTS", "AUTOCOMMIT", "DISABLE_SERVER_SIDE_CURSORS", "TIME_ZONE"}


def swap_databases(
    databases: Mapping[str, Any], sandboxes: Mapping[str, Address]
) -> dict[str, dict[str, Any]]:
    """Return ``databases`` with the address of each alias replaced by its sandbox.

    An alias without a sandbox keeps no address at all: Django's dummy backend refuses every statement.
    """
    aliases = dict.fromkeys([*databases, *sandboxes])
    return {alias: _swapped(alias, databases, sandboxes) for alias in aliases}


def mirrored(alias: str, databases: Mapping[str, Any]) -> str:
    """Return the alias whose database ``alias`` is: its own, unless ``TEST`` names a ``MIRROR`` of it.

    A mirror of itself, or of an alias that there is not, is none.
    """
    passed = [alias]
    while (other := _mirror(databases.get(passed[-1]))) in databases and other not in passed:
        passed.append(other)
    return passed[-1] if other is None else alias


def _mirror(database: Any) -> Any:
    return ((database or {}).get("TEST") or {}).get("MIRROR")


def _swapped(alias: str, databases: Mapping[str, Any], sandboxes: Mapping[str, Address]) -> dict[str, Any]:
    other = mirrored(alias, databases)
    found = _swap_database(databases.get(alias, {}), sandboxes.get(other))
    return found if other == alias else {**found, "TEST": {"MIRROR": other}}


def _swap_database(original: Mapping[str, Any], sandbox: Address | None) -> dict[str, Any]:
    if sandbox is None:
        return {"ENGINE": "django.db.backends.dummy"}
    # NOTE: MySQL's init_command and isolation_level are other things than SQLite's and PostgreSQL's.
    engine = original.get("ENGINE", "")
    alike = not engine or vendor_of(engine) == sandbox.engine
    options = {
        name: value
        for name, value in (original.get("OPTIONS") or {}).items()
        if alike and name in KEPT_OPTIONS[sandbox.engine]
    }
    return {
        **{name: value for name, value in original.items() if name in KEPT_SETTINGS},
        "ENGINE": _backend(original.get("ENGINE", ""), sandbox.engine),
        "NAME": sandbox.name,
        "HOST": sandbox.host,
        "PORT": sandbox.port,
        "USER": sandbox.user,
        "PASSWORD": sandbox.password,
        "OPTIONS": {**options, **dict(sandbox.options)},
        # One long-lived connection: a worker must not reconnect where it need not.
        "CONN_MAX_AGE": None,
    }


def _backend(engine: str, wanted: str) -> str:
    """Return the project's own backend if it speaks to ``wanted``, Django's otherwise."""
    if not engine or engine in BACKENDS.values():
        return BACKENDS[wanted]
    try:
        vendor = importlib.import_module(f"{engine}.base").DatabaseWrapper.vendor
    except (ImportError, AttributeError, ImproperlyConfigured):
        # The project's own error where its backend is broken shows when that engine is asked for.
        return BACKENDS[wanted]
    return engine if vendor == wanted else BACKENDS[wanted]


def write_sandboxes(path: Path, sandboxes: Mapping[str, Address]) -> None:
    """Write ``sandboxes`` by alias to ``path``, readable by us alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(dict(sandboxes)))


def read_sandboxes(path: Path) -> dict[str, Address]:
    """Return what :func:`write_sandboxes` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Address])


def sandbox_environment(
    settings: str, sandboxes_file: Path, sandboxes: Mapping[str, Address]
) -> dict[str, str]:
    """Return the variables under which a Django process meets the sandboxes and nothing else."""
    return {
        "DJANGO_SETTINGS_MODULE": "django_switchback.worker.project.settings",
        "SWITCHBACK_PROJECT_SETTINGS": settings,
        "SWITCHBACK_SANDBOXES": str(sandboxes_file),
        "DATABASE_URL": sandbox_url(sandboxes["default"]) if "default" in sandboxes else "",
    }
