"""Build the environment of servers and connections, without the caller's ``PG…`` variables."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_COPIED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
_OWN_HOSTS = 7
"""How often a server's environment names its own socket: more hosts than any connection string does."""
_lock = threading.Lock()


class _Own(threading.local):
    """Records, per thread, whether Switchback is opening a connection."""

    connecting = False


_own = _Own()


def server_environment(
    environ: Mapping[str, str], home: str, socket: str = "", user: str = ""
) -> dict[str, str]:
    """Return the variables of ``environ`` that a server needs, without the caller's secrets.

    TZ is set because initdb otherwise tries all time zones. ``dblink``, ``postgres_fdw`` and programs started
    by COPY are libpq clients with the server's environment: they reach the server itself, as ``user``, unless
    they name a host. libpq refuses hosts that are not as many as the (empty) addresses in PGHOSTADDR.
    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS
    """
    copied = {key: environ[key] for key in _COPIED if key in environ}
    own = {"PGHOST": ",".join([socket] * _OWN_HOSTS), "PGHOSTADDR": "," * (_OWN_HOSTS - 1), "PGUSER": user}
    return {**copied, "HOME": home, "LC_ALL": "C", "TZ": "UTC", **own}


def without_libpq_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return ``environ`` without the variables of libpq (PGHOST, PGSERVICE, PGOPTIONS …)."""
    return {key: value for key, value in environ.items() if not key.startswith("PG")}


@contextmanager
def libpq_variables_removed() -> Iterator[None]:
    """Remove the ``PG…`` variables from ``os.environ`` while Switchback opens a connection.

    NOTE: libpq reads PGSERVICE and some others from the environment even if parameters are given.
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
    """Return whether this thread is inside of :func:`libpq_variables_removed`."""
    return _own.connecting
