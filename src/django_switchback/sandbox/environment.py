"""The environment of what we start and of our own connections: the caller's ``PG…`` settings stay out."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
_lock = threading.Lock()


def of_server(environ: Mapping[str, str], home: str) -> dict[str, str]:
    """Return what a server needs of ``environ``, and no secret of the caller's.

    TZ is set since initdb otherwise tries every time zone there is.
    """
    kept = {key: environ[key] for key in _KEPT if key in environ}
    return {**kept, "HOME": home, "LC_ALL": "C", "TZ": "UTC"}


def without_postgres(environ: Mapping[str, str]) -> dict[str, str]:
    """Return ``environ`` without what libpq would read in it (PGHOST, PGSERVICE, PGOPTIONS …)."""
    return {key: value for key, value in environ.items() if not key.startswith("PG")}


@contextmanager
def no_postgres_settings() -> Iterator[None]:
    """Take the ``PG…`` variables out of this process's environment for a moment.

    NOTE: libpq reads PGSERVICE and some others from the environment even where a connection says otherwise.
    """
    with _lock:
        hidden = {key: value for key, value in os.environ.items() if key.startswith("PG")}
        for key in hidden:
            del os.environ[key]
        try:
            yield
        finally:
            os.environ.update(hidden)
