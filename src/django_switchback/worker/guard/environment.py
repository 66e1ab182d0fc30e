"""The environment of a process that runs the project's code: each database that it names is a sandbox.

Projects read the address of their database from ``DATABASE_URL``, variables like it and ``PG…``, in their
settings, in ``manage.py`` or in a migration. Many read a ``.env`` first, which sets them anew: so what is set
later is replaced as well.
"""

from __future__ import annotations

import os
from typing import Any

from django_switchback.sandbox.interface import Address
from django_switchback.worker.guard import project_files
from django_switchback.worker.guard.database_urls import sandbox_url, scheme_of

_ROUTES = ("PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGPASSFILE", "PGOPTIONS")
"""What would lead libpq elsewhere, whatever a connection says."""
_NO_SERVER = "no-server.invalid"
"""A host that there is not; RFC 6761."""
_original_setitem = os._Environ.__setitem__
_sandbox: Address | None = None


def point_environment_at(sandbox: Address) -> None:
    """Let each variable that names a database name ``sandbox``, now and whenever it is set anew.

    ``DATABASE_URL`` is set in any case, ``PGHOST`` and its like where they are there.
    """
    global _sandbox
    project_files.remember_project_files()
    _sandbox = sandbox
    os.environ.pop("SWITCHBACK_DATABASE", None)
    for key in [key for key in os.environ if key.startswith("PG") and key not in _postgres(sandbox)]:
        del os.environ[key]
    os._Environ.__setitem__ = _set  # type: ignore[method-assign]
    for key, value in os.environ.items():
        os.environ[key] = value
    os.environ["DATABASE_URL"] = sandbox_url(sandbox, scheme_of(os.environ.get("DATABASE_URL", "")))


def _set(environ: Any, key: Any, value: Any) -> None:
    """Set a variable, as ``os.environ`` does, but to the sandbox where it names a database."""
    if isinstance(key, str) and isinstance(value, str):
        if key in _ROUTES:
            return
        value = _replaced(key, value)
    elif isinstance(key, bytes) and isinstance(value, bytes):
        name = os.fsdecode(key)
        if name in _ROUTES:
            return
        value = os.fsencode(_replaced(name, os.fsdecode(value)))
    _original_setitem(environ, key, value)


def _replaced(key: str, value: str) -> str:
    if _sandbox is None:
        return value
    scheme = scheme_of(value)
    if scheme:
        return sandbox_url(_sandbox, scheme)
    return _postgres(_sandbox).get(key, value)


def _postgres(sandbox: Address) -> dict[str, str]:
    """Return what libpq reads of an address in the environment; there is no server beside SQLite."""
    here = sandbox.engine == "postgresql"
    return {
        "PGHOST": sandbox.host if here else _NO_SERVER,
        "PGPORT": sandbox.port if here else "",
        "PGDATABASE": sandbox.name if here else "",
        "PGUSER": sandbox.user if here else "",
        "PGPASSWORD": sandbox.password if here else "",
    }
