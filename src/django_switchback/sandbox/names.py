"""The identity of a run, and the names that it gives to what it makes.

A name says which run made it, on which machine, in which process and when; so whoever finds one later
can tell, without asking anybody, whether it is still in use.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Callable

import msgspec

from django_switchback.sandbox import processes

PREFIX = "switchback_"
MAX_NAME_CHARACTERS = 63
"""Bytes that PostgreSQL keeps of a name."""
FOREIGN_HOURS = 24
"""After so many hours a run on another machine counts as over: nobody here can ask its process."""

_NAME = re.compile(
    rf"{PREFIX}(?P<id>[0-9a-z]{{6}})(?P<host>[0-9a-z]{{7}})(?P<pid>[0-9a-z]{{5}})(?P<born>[0-9a-z]{{4}})"
    r"(?P<minutes>[0-9a-z]{5})_(?P<label>[0-9a-z_]{1,19})_(?P<serial>[0-9a-z]{4})"
)
_LABEL = re.compile(r"[0-9a-z_]{1,19}")
SERIALS = 36**4


def random_serial() -> int:
    """Return a number that another process of the same run hardly draws as well."""
    return secrets.randbelow(SERIALS)


class RunIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """One run of Switchback: a random id, and the process that answers for it.

    ``started`` is Unix time in seconds, in whole minutes, as the names keep it.
    """

    id: str
    host: str
    pid: int
    born: str
    started: int

    @classmethod
    def new(
        cls,
        *,
        clock: Callable[[], float] = time.time,
        draw: Callable[[int], int] = secrets.randbelow,
        pid: int | None = None,
    ) -> RunIdentity:
        """Return the run that process ``pid`` (this one) begins now.

        ``clock`` gives Unix time in seconds, ``draw(n)`` a number below ``n``.
        """
        pid = os.getpid() if pid is None else pid
        return cls(
            id=processes.base36(draw(36**6), 6),
            host=processes.host_id(),
            pid=pid,
            born=processes.start_id(pid) or processes.UNKNOWN_START,
            started=int(clock()) // 60 * 60,
        )

    @property
    def prefix(self) -> str:
        """What every name of this run begins with."""
        pid, minutes = processes.base36(self.pid, 5), processes.base36(self.started // 60, 5)
        return f"{PREFIX}{self.id}{self.host}{pid}{self.born}{minutes}_"

    @property
    def application(self) -> str:
        """The ``application_name`` of every connection of this run to a PostgreSQL server."""
        return self.name("client", 0)

    def name(self, label: str, serial: int) -> str:
        """Return a name of at most 63 bytes: letters, digits and underscores, no capitals.

        Raises ``ValueError`` for a label that is not 1 to 19 letters, digits and underscores.
        """
        label = label.lower()
        if not _LABEL.fullmatch(label):
            raise ValueError(f"label {label!r}: expected 1 to 19 letters, digits and underscores")
        return f"{self.prefix}{label}_{processes.base36(serial, 4)}"

    def owns(self, name: str) -> bool:
        """Tell whether this run gave ``name``."""
        return parse_name(name) == self


def parse_name(name: str) -> RunIdentity | None:
    """Return the run that gave ``name``; ``None`` where no run did."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    return RunIdentity(
        id=match["id"],
        host=match["host"],
        pid=int(match["pid"], 36),
        born=match["born"],
        started=int(match["minutes"], 36) * 60,
    )


def is_abandoned(name: str, *, now: float, here: str | None = None) -> bool:
    """Tell whether the run that gave ``name`` is over at ``now`` (Unix time, seconds).

    On this machine (``here``): its process is gone. On another one: it began over 24 hours ago.
    A name that no run gave is nobody's, so never abandoned.
    """
    run = parse_name(name)
    if run is None:
        return False
    if run.host == (processes.host_id() if here is None else here):
        return not processes.is_alive(run.pid, run.born)
    return now - run.started > FOREIGN_HOURS * 3600


def marker(run: RunIdentity) -> str:
    """Return the comment that a database of ``run`` carries."""
    return f"A sandbox of django-switchback, run {run.id}: it may be dropped when the run is over."


def connection_limit_seal(name: str) -> int:
    """Return the connection limit of database ``name``.

    The comment comes a moment after the database; a worker that is killed in between leaves one without.
    The limit is set by CREATE DATABASE itself, so such a database is known as ours none the less.
    """
    return 100_000 + int(processes.fingerprint(name, 8), 36) % 900_000


INVALID = -2
"""The connection limit of a database whose DROP was cut off: it can be dropped and nothing else."""


def is_marked(name: str, comment: str | None, limit: int) -> bool:
    """Tell whether the run in ``name`` marked that database: by its comment, or, without one, its seal."""
    run = parse_name(name)
    if run is None:
        return False
    return limit in (connection_limit_seal(name), INVALID) if comment is None else comment == marker(run)
