"""Build and parse the names of a run's sandboxes, folders and connections.

A name contains the run's id, its machine, its process and its start, so that a later run can tell from the
name alone whether the object is still in use.
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
"""Length in bytes to which PostgreSQL truncates names."""
OTHER_HOST_HOURS = 24
"""Hours after which a run on another machine counts as finished: its process cannot be checked from here."""

_NAME = re.compile(
    rf"{PREFIX}(?P<id>[0-9a-z]{{6}})(?P<host>[0-9a-z]{{7}})(?P<pid>[0-9a-z]{{5}})(?P<born>[0-9a-z]{{4}})"
    r"(?P<minutes>[0-9a-z]{5})_(?P<label>[0-9a-z_]{1,19})_(?P<serial>[0-9a-z]{4})"
)
_LABEL = re.compile(r"[0-9a-z_]{1,19}")
SERIALS = 36**4


def random_serial() -> int:
    """Return a random serial number, so that processes of a run rarely choose the same."""
    return secrets.randbelow(SERIALS)


class RunIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A run of Switchback: its random id and its process.

    ``started`` is Unix time in seconds, rounded down to minutes as in the names.
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
        """Return a new run of process ``pid``, by default this one.

        ``clock`` returns Unix time in seconds, ``draw(n)`` a random number below ``n``.
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
        """The prefix of all names of this run."""
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
        """Return whether ``name`` belongs to this run."""
        return parse_name(name) == self


def parse_name(name: str) -> RunIdentity | None:
    """Return the run that ``name`` belongs to, ``None`` if it has another form."""
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


def is_abandoned(name: str, *, now: float) -> bool:
    """Return whether the run that ``name`` belongs to has ended at ``now`` (Unix time in seconds).

    A run on this machine has ended if its process is gone, one on another machine if it started
    more than 24 hours ago. A name of another form is never abandoned.
    """
    run = parse_name(name)
    if run is None:
        return False
    if run.host == processes.host_id():
        return not processes.is_alive(run.pid, run.born)
    return now - run.started > OTHER_HOST_HOURS * 3600


def marker(run: RunIdentity) -> str:
    """Return the comment on the databases of ``run``."""
    return f"A sandbox of django-switchback, run {run.id}: it may be dropped when the run is over."


def marking_connection_limit(name: str) -> int:
    """Return the connection limit that marks database ``name`` as created by a run.

    CREATE DATABASE sets the limit, COMMENT follows: a database whose worker was killed between the two has no
    comment and is recognised by its limit.
    """
    return 100_000 + int(processes.fingerprint(name, 8), 36) % 900_000


INVALID = -2
"""The connection limit (``datconnlimit``) of a database whose DROP was interrupted."""


def is_marked(name: str, comment: str | None, limit: int) -> bool:
    """Return whether a database carries the mark of the run in its ``name``: comment, or else limit."""
    run = parse_name(name)
    if run is None:
        return False
    return limit in (marking_connection_limit(name), INVALID) if comment is None else comment == marker(run)
