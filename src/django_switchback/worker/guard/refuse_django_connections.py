"""Guards each connection that Django opens: only databases of the run are allowed.

All database backends connect through ``BaseDatabaseWrapper.connect``, also a project's own, before they call
their driver. The drivers themselves are guarded in ``refuse_driver_connections.py``, for all other code and
for backends that override ``connect``.
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

from django_switchback.worker.guard import refuse_driver_connections
from django_switchback.worker.guard.allowed_databases import ConnectionTarget, IsAllowed, in_memory
from django_switchback.worker.replacements.settings import read_replacement_environment, replace_settings

_connect = BaseDatabaseWrapper.connect


def guard_connections(is_allowed: IsAllowed) -> None:
    """Refuse all connections of this process and its forks except those for which ``is_allowed`` is true.

    A refused connection raises :class:`NotASandbox` before connecting. Replaces an earlier predicate.
    """
    refuse_driver_connections.guard_drivers(is_allowed)
    BaseDatabaseWrapper.connect = _guarded_connect  # type: ignore[method-assign]  # for good in a worker


@async_unsafe
def _guarded_connect(self: BaseDatabaseWrapper) -> None:
    target = _target(self.vendor, self.settings_dict)
    if not (target.vendor == "sqlite" and in_memory(target.name)):
        refuse_driver_connections.check(target)
    _connect(self)


def _target(vendor: str, settings: Any) -> ConnectionTarget:
    """Return the target of a connection with these settings."""
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
    """Make concurrent loading of the settings in other threads end with the newest settings module.

    A thread that started with the project's own module would otherwise replace the module with sandboxes.
    """
    lazy: Any = LazySettings
    original_setup = lazy._setup

    def setup(self: Any, name: str | None = None) -> None:
        module = None
        if ENVIRONMENT_VARIABLE not in os.environ:
            # Django raises the error itself.
            original_setup(self, name)
        while module != os.environ.get(ENVIRONMENT_VARIABLE):
            module = os.environ[ENVIRONMENT_VARIABLE]
            found = Settings(module)
            if not hasattr(found, "SWITCHBACK_REPLACED"):
                # The project's own settings, possibly half loaded, already serve files, mail or caches.
                vars(found).update(replace_settings(vars(found), *read_replacement_environment(os.environ)))
        self._wrapped = found

    lazy._setup = setup
    try:
        yield
    finally:
        lazy._setup = original_setup


def reset_connections() -> None:
    """Reset Django's connections, caches and storages so that they use the current settings.

    Open connections are closed. All threads get new connections: the old ones use the project's own settings.
    """
    connections.close_all()
    _reset_handler(connections)
    vars(router).update(vars(type(router)()))
    vars(router).pop("routers", None)
    _reset_handler(caches)
    vars(storages).update(vars(type(storages)()))
    vars(storages).pop("backends", None)
    default_storage._wrapped = empty  # type: ignore[attr-defined]  # a LazyObject, which the stubs hide


def _reset_handler(handler: BaseConnectionHandler[Any]) -> None:
    vars(handler).update(vars(type(handler)()))
    vars(handler).pop("settings", None)
