"""Runs one case: makes its project, starts the program, lets the fault strike, and looks for what is left."""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import psycopg
from integration.making import environment, simple
from integration.making import project as write_project
from integration.servers import team

from django_switchback import evidence
from django_switchback.evidence import AnyRecord
from django_switchback.sandbox.interface import SandboxError
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.open_server import open_server
from django_switchback.sandbox.postgresql.login import LoginRefused, ServerUnreachable

from . import leftovers, strikes
from .case import Case, Live, Place, Seen
from .leftovers import TOKEN, Canary, Inventory

T = TypeVar("T")
_LOOK = 0.01
_GRACE = 3.0
"""Seconds that processes may take to be gone once the program is."""


def run(case: Case) -> Seen:
    """Carry out one case and return what was seen; nothing of it stays on the machine afterwards."""
    with ExitStack() as stack:
        place = stack.enter_context(_place(case))
        stack.callback(leftovers.end_all, place)
        stack.callback(strikes.let_go)
        case.project(place)
        case.prepare(place)
        before = _before(place)
        seen = _watch(case, place)
        if case.sweeps:
            leftovers.await_workers_gone(place)
            _sweep(case, place)
        return _look_around(seen, before)


@contextmanager
def _left_alone(manager: AbstractContextManager[T]) -> Iterator[T]:
    """Enter ``manager``; that it cannot leave in order is no wonder where its server was killed or is full."""
    with ExitStack() as stack:
        value = stack.enter_context(manager)
        leaving = stack.pop_all()
    try:
        yield value
    finally:
        with suppress(psycopg.Error, SandboxError):
            leaving.close()


@contextmanager
def _place(case: Case) -> Iterator[Place]:
    """Give the folders of a case, which every user may pass through, and its server."""
    root = Path(tempfile.mkdtemp(prefix="faults-", dir="/tmp"))
    root.chmod(0o755)
    try:
        with ExitStack() as stack:
            there = None
            if case.server:
                # Not below the program's TMPDIR: this server is the user's, and outlives the run.
                server = stack.enter_context(_left_alone(open_server(case.server, RunIdentity.new())))
                there = stack.enter_context(_left_alone(team(server)))
            place = Place(root, secrets.token_hex(6), there)
            for folder in (place.results, place.temporary):
                folder.mkdir()
            place.temporary.chmod(0o1777)
            yield place
    finally:
        shutil.rmtree(root, ignore_errors=True)


@dataclass
class _Before:
    files: dict[str, str]
    canary: Canary | None = None
    inventory: Inventory = field(default_factory=dict)


def _before(place: Place) -> _Before:
    found = _Before(leftovers.files(place.project) if place.project.exists() else {})
    if place.team is not None:
        found.inventory = leftovers.inventory(place.team)
        found.canary = Canary(place.team)
    return found


def filled(text: str, place: Place) -> str:
    """Return ``text`` with the names of the case's folders and its server's URL in their places."""
    names = {name: str(getattr(place, name)) for name in ("project", "results", "temporary", "flag", "root")}
    names["token"] = place.token
    if place.team is not None:
        names |= {"url": place.team.url(), "reader": place.team.url("team_reader")}
        names["socket"] = place.team.login.host
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def command(case: Case, place: Place) -> list[str]:
    """Return the words that start the program on a case."""
    specs = [word for spec in case.databases for word in ("--database", spec)]
    words = [sys.executable, "-m", "django_switchback", "--project", str(place.project), *specs]
    if case.reports:
        words += ["--evidence", str(place.log)]
        for kind, name in (("json", "report.json"), ("junit", "report.xml"), ("markdown", "report.md")):
            words += [f"--{kind}", str(place.results / name)]
    return case.wrap(place, [filled(word, place) for word in (*words, *case.words)])


def _environment(case: Case, place: Place) -> dict[str, str]:
    return environment(
        **{TOKEN: place.token, "TMPDIR": str(place.temporary), "FLAG": str(place.flag)},
        STRUCK=str(place.root / "struck"),
        **{name: filled(value, place) for name, value in case.variables.items()},
    )


def _watch(case: Case, place: Place) -> Seen:
    """Run the program to its end, or to the case's limit, and strike when it is time."""
    began = time.monotonic()
    out, err = place.results / "stdout", place.results / "stderr"
    with out.open("wb") as to_out, err.open("wb") as to_err:
        process = subprocess.Popen(
            command(case, place),
            stdin=subprocess.DEVNULL,
            stdout=to_out,
            stderr=to_err,
            env=_environment(case, place),
            cwd=place.results,
            start_new_session=True,
        )
    struck_at, commands = _attend(case, place, process, began)
    status: int | None = process.returncode
    ended = time.monotonic()
    if process.poll() is None:
        status = None
        # What it does not end itself, within what it takes, is the campaign's to end.
        process.kill()
        process.wait()
    return Seen(
        place=place,
        pid=process.pid,
        status=status,
        out=out.read_bytes().decode(errors="replace"),
        err=err.read_bytes().decode(errors="replace"),
        report=_report(place),
        records=_records(place.log),
        seconds=ended - began,
        struck=struck_at > 0,
        after_strike=ended - struck_at if struck_at else 0.0,
        commands=frozenset(commands),
    )


def _attend(
    case: Case, place: Place, process: subprocess.Popen[bytes], began: float
) -> tuple[float, set[str]]:
    """Return when the fault struck (0: never) and which command lines were there."""
    struck, commands, looked = 0.0, set[str](), 0.0
    while process.poll() is None and time.monotonic() - began < case.limit:
        if case.strike is not None and not struck:
            live = Live(
                place=place,
                pid=process.pid,
                records=_records(place.log),
                processes=lambda: leftovers.processes(place),
            )
            if case.strike.when(live):
                struck = time.monotonic()
                case.strike.what(live)
        if time.monotonic() - looked > 0.1:
            looked = time.monotonic()
            commands |= {item.command for item in leftovers.processes(place)}
        time.sleep(_LOOK)
    return struck, commands


def _records(log: Path) -> tuple[AnyRecord, ...]:
    """Return the records of a log by now; a line under way, or one that is none, is left out."""
    found = []
    if log.is_file():
        for line in log.read_bytes().splitlines():
            with suppress(msgspec.DecodeError):
                found.append(evidence.decode(line))
    return tuple(found)


def _report(place: Place) -> dict[str, Any]:
    file = place.results / "report.json"
    if not file.is_file():
        return {}
    try:
        loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return loaded


def _sweep(case: Case, place: Place) -> None:
    """Let the next run of anybody find what a killed one left."""
    folder = write_project(place.root / "next", {"sound": simple("sound")})
    spec = filled(case.databases[-1], place)
    words = [sys.executable, "-m", "django_switchback", "--project", str(folder), "--database", spec]
    variables = environment(**{TOKEN: place.token, "TMPDIR": str(place.temporary)})
    done = subprocess.run(words, capture_output=True, env=variables, cwd=place.root, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()


def _look_around(seen: Seen, before: _Before) -> Seen:
    place = seen.place
    deadline = time.monotonic() + _GRACE
    while leftovers.processes(place) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = [f"process {process.command[:160]}" for process in leftovers.processes(place)]
    left += leftovers.folders_left(place, seen.pid)
    changed = list(leftovers.changed_files(place.project, before.files)) if place.project.exists() else []
    if place.team is not None and before.canary is not None:
        try:
            changed += before.canary.changes()
            left += leftovers.left_on(place.team, before.inventory)
        except (LoginRefused, ServerUnreachable):
            # A full disk or a crash without recovery: only a restart of the server would tell.
            left.append("a server that has ended, with what it holds")
    # The folders are gone when what was seen is judged.
    files = {
        path.name: path.read_bytes().decode(errors="replace")
        for path in place.results.rglob("*")
        if path.is_file()
    }
    beside = frozenset(path.name for path in place.root.iterdir())
    return replace(seen, left=tuple(left), changed=tuple(changed), files=files, beside=beside)


def signal_name(status: int | None) -> str:
    """Return an exit status as people write it."""
    if status is None:
        return "no end"
    return str(status) if status >= 0 else signal.Signals(-status).name
