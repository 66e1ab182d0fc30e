"""The guard before each connection that Django opens: none leads to a database that the run did not make.

``BaseDatabaseWrapper.connect`` is what the connections of every backend go through, a project's own backends
included, before their driver is called. The drivers themselves are guarded in ``drivers.py``, for all other
code and for a backend that has a ``connect`` of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import ENVIRONMENT_VARIABLE, LazySettings, Settings
from django.core.cache import caches
from django.core.files.storage import default_storage, storages
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.asyncio import async_unsafe
from django.utils.connection import BaseConnectionHandler
from django.utils.functional import empty

from django_switchback.worker.guard import drivers
from django_switchback.worker.guard.allowed_databases import ConnectionTarget, IsAllowed, in_memory
from django_switchback.worker.replacements.settings import read_replacement_environment, replace_settings

_connect = BaseDatabaseWrapper.connect


def guard_connections(reachable: IsAllowed) -> None:
    """Refuse every connection of this process, and of those forked from it, that ``reachable`` does not know.

    Each raises :class:`ForeignDatabase` before it connects. What was allowed before is not any more.
    """
    drivers.guard_drivers(reachable)
    BaseDatabaseWrapper.connect = _guarded  # type: ignore[method-assign]


@async_unsafe
def _guarded(self: BaseDatabaseWrapper) -> None:
    wanted = _wanted(self.vendor, self.settings_dict)
    if not (wanted.vendor == "sqlite" and in_memory(wanted.name)):
        drivers.check(wanted)
    _connect(self)


def _wanted(vendor: str, settings: Any) -> ConnectionTarget:
    """Return where a connection with these settings leads."""
    options = settings.get("OPTIONS") or {}
    return ConnectionTarget(
        vendor,
        str(settings.get("NAME") or ""),
        str(settings.get("HOST") or ""),
        str(settings.get("PORT") or ""),
        str(options.get("hostaddr", "")),
        str(options.get("service", "")),
    )


@contextmanager
def keep_newest_settings() -> Iterator[None]:
    """Let a thread that loads the settings meanwhile end up with the module that counts by then.

    One that began with the project's own module would put it in the place of the one with sandboxes.
    """
    lazy: Any = LazySettings
    usual = lazy._setup

    def setup(self: Any, name: str | None = None) -> None:
        module = None
        while module != os.environ.get(ENVIRONMENT_VARIABLE):
            module = os.environ[ENVIRONMENT_VARIABLE]
            found = Settings(module)
            if not hasattr(found, "SWITCHBACK_REPLACED"):
                # The project's own, as far as it is loaded: it asks for its files, mail or caches already.
                vars(found).update(replace_settings(vars(found), *read_replacement_environment(os.environ)))
        self._wrapped = found

    lazy._setup = setup
    try:
        yield
    finally:
        lazy._setup = usual


def reset_connections() -> None:
    """Let Django open its connections, caches and storages anew, with the settings that it has by now.

    What was opened before is closed. Any thread gets new ones: the old ones have the project's own settings.
    """
    connections.close_all()
    _begin_anew(connections)
    vars(router).update(vars(type(router)()))
    vars(router).pop("routers", None)
    _begin_anew(caches)
    vars(storages).update(vars(type(storages)()))
    vars(storages).pop("backends", None)
    default_storage._wrapped = empty  # type: ignore[attr-defined]  # a LazyObject, which the stubs hide


def _begin_anew(handler: BaseConnectionHandler[Any]) -> None:
    vars(handler).update(vars(type(handler)()))
    vars(handler).pop("settings", None)
