"""Points all database variables in the environment of project code at a sandbox.

Projects read the address of their database from ``DATABASE_URL``, similar variables and ``PG…``, in their
settings, in ``manage.py`` or in a migration. Many load a ``.env`` first, which sets them again: therefore
later assignments are replaced too.
"""

from __future__ import annotations

import os
from typing import Any

from django_switchback.sandbox.interface import Address
from django_switchback.worker.guard import project_files
from django_switchback.worker.guard.database_urls import sandbox_url, scheme_of

_OVERRIDING_VARIABLES = (
    "PGHOSTADDR",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSYSCONFDIR",
    "PGPASSFILE",
    "PGOPTIONS",
)
"""Variables that redirect libpq regardless of the connection parameters."""
_NO_SERVER_HOST = "no-server.invalid"
"""A host name that never resolves (RFC 6761)."""
_original_setitem = os._Environ.__setitem__
_sandbox: Address | None = None


def point_environment_at(sandbox: Address) -> None:
    """Point each variable that names a database at ``sandbox``, now and whenever it is set again.

    ``DATABASE_URL`` is always set; ``PGHOST`` and similar variables only if present.
    """
    global _sandbox
    project_files.remember_project_files()
    _sandbox = sandbox
    os.environ.pop("SWITCHBACK_DATABASE", None)
    for key in [key for key in os.environ if key.startswith("PG") and key not in _libpq_variables(sandbox)]:
        del os.environ[key]
    os._Environ.__setitem__ = _setitem  # type: ignore[method-assign]  # for good in a worker
    for key, value in os.environ.items():
        os.environ[key] = value
    os.environ["DATABASE_URL"] = sandbox_url(sandbox, scheme_of(os.environ.get("DATABASE_URL", "")))


def _setitem(environ: Any, key: Any, value: Any) -> None:
    """Set a variable as ``os.environ`` does, but replace database addresses by the sandbox."""
    if isinstance(key, str) and isinstance(value, str):
        if key in _OVERRIDING_VARIABLES:
            return
        value = _sandbox_value(key, value)
    elif isinstance(key, bytes) and isinstance(value, bytes):
        name = os.fsdecode(key)
        if name in _OVERRIDING_VARIABLES:
            return
        value = os.fsencode(_sandbox_value(name, os.fsdecode(value)))
    _original_setitem(environ, key, value)


def _sandbox_value(key: str, value: str) -> str:
    if _sandbox is None:
        return value
    scheme = scheme_of(value)
    if scheme:
        return sandbox_url(_sandbox, scheme)
    return _libpq_variables(_sandbox).get(key, value)


def _libpq_variables(sandbox: Address) -> dict[str, str]:
    """Return the ``PG…`` variables for ``sandbox``; those for SQLite name no reachable server."""
    here = sandbox.engine == "postgresql"
    return {
        "PGHOST": sandbox.host if here else _NO_SERVER_HOST,
        "PGPORT": sandbox.port if here else "",
        "PGDATABASE": sandbox.name if here else "",
        "PGUSER": sandbox.user if here else "",
        "PGPASSWORD": sandbox.password if here else "",
    }
