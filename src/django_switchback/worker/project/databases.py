"""Replaces the addresses in ``DATABASES`` by sandboxes and builds the matching environment variables."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from django.core.exceptions import ImproperlyConfigured

from django_switchback.sandbox.interface import Address
from django_switchback.sandbox.run_files import write_private
from django_switchback.worker.guard.database_urls import sandbox_url
from django_switchback.worker.project.engines import vendor_of

SWAPPED_SETTINGS = "django_switchback.worker.project.settings"
PROJECT_SETTINGS = "SWITCHBACK_PROJECT_SETTINGS"
"""The variable with the name of the project's own settings module."""
BACKENDS = {
    "sqlite": "django.db.backends.sqlite3",
    "postgresql": "django.db.backends.postgresql",
}
# Only OPTIONS that change how statements run; addresses, certificates, pools and roles belong to the
# project's real server. Of libpq's options, the search path and the lock timeout are kept.
KEPT_OPTIONS = {
    "sqlite": {"init_command", "transaction_mode", "timeout"},
    "postgresql": {"isolation_level", "server_side_binding"},
}
_LIBPQ_OPTIONS = re.compile(r"(?:-c\s*|--)(search_path|lock_timeout)=((?:\\.|[^\s\\])*)")
KEPT_SETTINGS = {"ATOMIC_REQUESTS", "AUTOCOMMIT", "DISABLE_SERVER_SIDE_CURSORS", "TIME_ZONE"}


def swap_databases(
    databases: Mapping[str, Any], sandboxes: Mapping[str, Address]
) -> dict[str, dict[str, Any]]:
    """Return ``databases`` with the address of each alias replaced by its sandbox.

    An alias without a sandbox gets Django's dummy backend, which rejects every statement.
    """
    aliases = dict.fromkeys([*databases, *sandboxes])
    return {alias: _swap_alias(alias, databases, sandboxes) for alias in aliases}


def mirrored_alias(alias: str, databases: Mapping[str, Any]) -> str:
    """Return the alias that ``alias`` mirrors (``TEST["MIRROR"]``, followed to its end), or ``alias``.

    A mirror of itself or of an undefined alias is ignored.
    """
    chain = [alias]
    while (other := _mirror(databases.get(chain[-1]))) in databases and other not in chain:
        chain.append(other)
    return chain[-1] if other is None else alias


def _mirror(database: Any) -> Any:
    return ((database or {}).get("TEST") or {}).get("MIRROR")


def _swap_alias(alias: str, databases: Mapping[str, Any], sandboxes: Mapping[str, Address]) -> dict[str, Any]:
    target = mirrored_alias(alias, databases)
    database = _swap_database(databases.get(alias, {}), sandboxes.get(target))
    return database if target == alias else {**database, "TEST": {"MIRROR": target}}


def _swap_database(original: Mapping[str, Any], sandbox: Address | None) -> dict[str, Any]:
    if sandbox is None:
        return {"ENGINE": "django.db.backends.dummy"}
    # NOTE: init_command and isolation_level mean something else on MySQL than on SQLite and PostgreSQL.
    engine = original.get("ENGINE", "")
    same_vendor = not engine or vendor_of(engine) == sandbox.engine
    options = {
        name: value
        for name, value in (original.get("OPTIONS") or {}).items()
        if same_vendor and name in KEPT_OPTIONS[sandbox.engine]
    }
    if same_vendor and sandbox.engine == "postgresql":
        options |= _libpq_options(original)
    return {
        **{name: value for name, value in original.items() if name in KEPT_SETTINGS},
        "ENGINE": _backend(original.get("ENGINE", ""), sandbox.engine),
        "NAME": sandbox.name,
        "HOST": sandbox.host,
        "PORT": sandbox.port,
        "USER": sandbox.user,
        "PASSWORD": sandbox.password,
        "OPTIONS": {**options, **dict(sandbox.options)},
        # One long-lived connection: a worker avoids needless reconnects.
        "CONN_MAX_AGE": None,
    }


def _libpq_options(original: Mapping[str, Any]) -> dict[str, str]:
    """Return the option for libpq that sets the search path and the lock timeout as ``original`` does."""
    options = (original.get("OPTIONS") or {}).get("options")
    found = dict(_LIBPQ_OPTIONS.findall(options)) if isinstance(options, str) else {}
    return {"options": " ".join(f"-c {name}={value}" for name, value in found.items())} if found else {}


def _backend(engine: str, vendor_required: str) -> str:
    """Return the project's own backend if its vendor is ``vendor_required``, else Django's."""
    if not engine or engine in BACKENDS.values():
        return BACKENDS[vendor_required]
    try:
        vendor = importlib.import_module(f"{engine}.base").DatabaseWrapper.vendor
    except (ImportError, AttributeError, ImproperlyConfigured):
        # A broken backend raises the project's own error when its engine is rehearsed.
        return BACKENDS[vendor_required]
    return engine if vendor == vendor_required else BACKENDS[vendor_required]


def write_sandboxes(path: Path, sandboxes: Mapping[str, Address]) -> None:
    """Write ``sandboxes`` by alias to ``path``, readable by the current user only."""
    write_private(path, msgspec.json.encode(dict(sandboxes)))


def read_sandboxes(path: Path) -> dict[str, Address]:
    """Read the addresses that :func:`write_sandboxes` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Address])


def sandbox_environment(
    settings: str, sandboxes_file: Path, sandboxes: Mapping[str, Address]
) -> dict[str, str]:
    """Return the environment variables that point a Django process at the sandboxes and no other database."""
    return {
        "DJANGO_SETTINGS_MODULE": SWAPPED_SETTINGS,
        PROJECT_SETTINGS: settings,
        "SWITCHBACK_SANDBOXES": str(sandboxes_file),
        "DATABASE_URL": sandbox_url(sandboxes["default"]) if "default" in sandboxes else "",
    }
