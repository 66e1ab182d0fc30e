"""The environment of what we start and of our own connections: the caller's ``PG…`` settings stay out."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
NOWHERE = "255.255.255.255"
"""An address to which the system refuses every TCP connection at once; ip(7)."""
_lock = threading.Lock()


class _Own(threading.local):
    """Whether this thread is opening a connection of ours."""

    connecting = False


_own = _Own()


def server_environment(environ: Mapping[str, str], home: str) -> dict[str, str]:
    """Return what a server needs of ``environ``, and no secret of the caller's.

    TZ is set since initdb otherwise tries every time zone there is. ``dblink``, ``postgres_fdw`` and what
    COPY starts are clients of libpq in the server's own process: PGHOSTADDR sends them nowhere, whatever
    host they name, unless they give an address by ``hostaddr`` themselves.
    """
    kept = {key: environ[key] for key in _KEPT if key in environ}
    return {**kept, "HOME": home, "LC_ALL": "C", "TZ": "UTC", "PGHOSTADDR": NOWHERE}


def without_libpq_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return ``environ`` without what libpq would read in it (PGHOST, PGSERVICE, PGOPTIONS …)."""
    return {key: value for key, value in environ.items() if not key.startswith("PG")}


@contextmanager
def libpq_variables_removed() -> Iterator[None]:
    """Take the ``PG…`` variables out of this process's environment for a moment, for a connection of ours.

    NOTE: libpq reads PGSERVICE and some others from the environment even where a connection says otherwise.
    """
    with _lock:
        hidden = {key: value for key, value in os.environ.items() if key.startswith("PG")}
        for key in hidden:
            del os.environ[key]
        _own.connecting = True
        try:
            yield
        finally:
            _own.connecting = False
            os.environ.update(hidden)


def connects_for_us() -> bool:
    """Tell whether this thread is inside of :func:`libpq_variables_removed`."""
    return _own.connecting
