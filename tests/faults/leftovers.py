"""What a run left behind: processes, folders, databases, roles, and files that are not its own."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from integration.servers import OWN, Team

from django_switchback.sandbox import folders
from django_switchback.sandbox.names import parse_name

from .case import Place, Process

TOKEN = "FAULT_TOKEN"
"""The variable by which processes of a case are known; also on the command line of what hides from it."""
_IGNORED = ("__pycache__", ".switchback_cache")


def processes(place: Place) -> tuple[Process, ...]:
    """Return the processes that the program started, by environment, command line or folder."""
    return tuple(_processes(place))


def _processes(place: Place) -> Iterator[Process]:
    marks = (f"{TOKEN}={place.token}".encode(), f"{place.temporary}/".encode(), f"#{place.token}".encode())
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it is gone by now
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (entry / "cmdline").read_bytes()
            told = command + b"\0" + (entry / "environ").read_bytes()
            if state not in "ZX" and int(entry.name) != os.getpid() and any(mark in told for mark in marks):
                words = command.replace(b"\0", b" ").decode(errors="replace")
                yield Process(int(entry.name), int(parent), words)


def end_all(place: Place) -> None:
    """Kill every process of a case."""
    deadline = time.monotonic() + 10
    while (found := processes(place)) and time.monotonic() < deadline:
        for process in found:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.02)


def await_workers_gone(place: Place, seconds: float = 60.0) -> None:
    """Wait until no worker of a program that was killed is there any more."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and [
        process for process in processes(place) if "django_switchback" in process.command
    ]:
        time.sleep(0.1)


def folders_left(place: Place, pid: int) -> Iterator[str]:
    """Yield what is in TMPDIR, and folders elsewhere that carry the program's process number."""
    yield from (f"folder {path}" for path in sorted(place.temporary.iterdir()))
    for elsewhere in (*folders.COMMON_PLACES, folders.SHARED_MEMORY):
        for path in elsewhere.glob("switchback_*"):
            run = parse_name(path.name)
            if run is not None and run.pid == pid:
                yield f"folder {path}"


Inventory = Mapping[str, frozenset[str]]


def inventory(team: Team) -> Inventory:
    """Return the names of what a server by URL holds as a whole."""
    return {
        "database": frozenset(map(str, team.databases())),
        "role": frozenset(str(name) for (name,) in team.ask("SELECT rolname FROM pg_roles")),
        "membership": frozenset(
            str(pair) for pair in team.ask("SELECT roleid::regrole, member::regrole FROM pg_auth_members")
        ),
        "setting": frozenset(map(str, team.ask("SELECT * FROM pg_db_role_setting"))),
    }


def left_on(team: Team, before: Inventory) -> Iterator[str]:
    """Yield what is on the server and was not, and what was there and is gone."""
    for kind, names in inventory(team).items():
        yield from (f"{kind} {name}" for name in sorted(names - before[kind]))
        yield from (f"{kind} {name} is gone" for name in sorted(before[kind] - names))


def files(root: Path) -> dict[str, str]:
    """Return a digest of each file below ``root``, but for caches of bytecode."""
    return {
        str(
            path.relative_to(root)
        ): f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_mtime_ns}"
        for path in sorted(root.rglob("*"))
        if path.is_file() and not any(part in _IGNORED for part in path.parts)
    }


def changed_files(root: Path, before: Mapping[str, str]) -> Iterator[str]:
    """Yield the files below ``root`` that are new, changed or gone."""
    now = files(root)
    for name in sorted(now.keys() | before.keys()):
        if now.get(name) != before.get(name):
            yield f"{'new' if name not in before else 'changed' if name in now else 'gone'} file {name}"


class Canary:
    """A database of the user's own on a server by URL, and whether anybody came near it.

    A connection to it shows in the server's log, a change in its rows or tables as well.
    """

    def __init__(self, team: Team) -> None:
        self._team = team
        team.ask("CREATE TABLE kept AS SELECT 'as it was' AS word", OWN)
        team.ask("GRANT ALL ON kept TO PUBLIC", OWN)
        self._content = self._read()
        self._lines = len(team.log_of(OWN))

    def changes(self) -> Iterator[str]:
        """Yield what was done there: first from the log, since looking leaves a line in it."""
        for line in self._team.log_of(OWN)[self._lines :]:
            if "statement:" in line or "execute" in line:
                yield f"statement on {OWN}: {line[:160]}"
            elif "connection authorized" in line:
                yield f"connection to {OWN}"
        if self._read() != self._content:
            yield f"content of {OWN}"

    def _read(self) -> list[tuple[object, ...]]:
        tables = "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        return [*self._team.ask("SELECT * FROM kept", OWN), *sorted(self._team.ask(tables, OWN))]
