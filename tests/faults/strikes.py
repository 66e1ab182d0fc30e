"""When a fault strikes, and what it does to the program, its workers and its server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import psycopg
from integration.servers import Team

from django_switchback.evidence import Minimising, PartFinished, StepFinished, StepStarted
from django_switchback.sandbox.postgresql.login import Login

from .case import Live, Process, What, When


def step(phase: str, direction: str, name: str = "0002_slow") -> When:
    """Return the moment at which a step of ``name`` is under way."""

    def reached(live: Live) -> bool:
        steps = [
            record
            for record in live.records
            if isinstance(record, StepStarted | StepFinished) and record.migration.name == name
        ]
        return bool(
            steps
            and isinstance(steps[-1], StepStarted)
            and (steps[-1].phase, steps[-1].direction) == (phase, direction)
        )

    return reached


def on(database: str, when: When) -> When:
    """Return ``when``, asked of the records of one database alone."""

    def reached(live: Live) -> bool:
        here = tuple(
            record for record in live.records if str(getattr(record, "database", "")).startswith(database)
        )
        return when(replace(live, records=here))

    return reached


def parts_finished(number: int) -> When:
    """Return the moment at which ``number`` parts of the plan are done; with all of them the run closes."""

    def reached(live: Live) -> bool:
        return sum(isinstance(record, PartFinished) for record in live.records) >= number

    return reached


def flagged(word: str) -> When:
    """Return the moment at which the project says ``word`` in its flag file."""

    def reached(live: Live) -> bool:
        return live.place.flag.exists() and word in live.place.flag.read_text()

    return reached


def minimising(live: Live) -> bool:
    """Tell whether minimal rows are looked for."""
    found = [record for record in live.records if isinstance(record, Minimising)]
    return bool(found) and not found[-1].ended


def server_starts(live: Live) -> bool:
    """Tell whether a server of the run is being made."""
    return any(live.place.temporary.glob("switchback_*_pg*"))


def at_once(live: Live) -> bool:
    """Tell whether the program has begun."""
    return bool(live.records)


def sandbox_is_made(number: int = 1) -> When:
    """Return the moment at which the ``number``-th sandbox appears on the server by URL."""

    def reached(live: Live) -> bool:
        team = live.place.server
        asked = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%' AND state = 'active'"
        return len([n for n in team.databases() if str(n).startswith("switchback_")]) >= number - 1 and bool(
            team.ask(asked)
        )

    return reached


def told(number: signal.Signals) -> What:
    """Return what sends a signal to the program alone."""
    return lambda live: os.kill(live.pid, number)


def told_group(number: signal.Signals) -> What:
    """Return what sends a signal to the program's whole group, as Ctrl-C in a terminal does."""
    return lambda live: os.killpg(live.pid, number)


def told_twice(number: signal.Signals) -> What:
    """Return what sends a signal two times in a row."""

    def send(live: Live) -> None:
        os.kill(live.pid, number)
        os.kill(live.pid, number)

    return send


def workers(live: Live) -> list[Process]:
    """Return the processes that work, but for the program itself."""
    return [process for process in live.processes() if "django_switchback.worker" in process.command]


def kill_workers(live: Live) -> None:
    """Kill every worker with what was forked from it."""
    for worker in workers(live):
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
    release(live)


def kill_leaf(live: Live) -> None:
    """Kill only the innermost process of a worker, in which a step runs."""
    found = workers(live)
    parents = {worker.parent for worker in found}
    leaves = [worker for worker in found if worker.pid not in parents and worker.parent != 1]
    for leaf in leaves[-1:]:
        os.kill(leaf.pid, signal.SIGKILL)
    release(live)


def freeze_workers(live: Live) -> None:
    """Stop every worker, as a debugger or a full machine would."""
    for worker in workers(live):
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGSTOP)


def release(live: Live) -> None:
    """Let slow migrations go on at once: the fault has struck."""
    live.place.root.joinpath("struck").touch()


def admin(live: Live) -> Team:
    """Return the server of the run, by URL or its own, for the administrator to speak to."""
    if live.place.team is not None:
        return live.place.team
    [socket] = live.place.temporary.glob("switchback_*_pg*/socket")
    return Team(Login(host=str(socket), port="5432", user="postgres"))


def end_backends(condition: str = "true") -> What:
    """Return what ends the backends of sandboxes for which ``condition`` holds."""

    def end(live: Live) -> None:
        admin(live).ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname LIKE 'switchback_%' AND {condition}"
        )
        release(live)

    return end


def stop_server(number: signal.Signals) -> What:
    """Return what sends a signal to the postmaster of the run's server, and to its children if it kills."""

    def stop(live: Live) -> None:
        [(pid,)] = admin(live).ask("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int")
        os.kill(int(str(pid)), number)
        release(live)

    return stop


def crash_server(live: Live) -> None:
    """Kill one backend by SIGKILL, upon which the server ends all others and recovers."""
    rows = admin(live).ask("SELECT pid FROM pg_stat_activity WHERE datname LIKE 'switchback_%' LIMIT 1")
    for (pid,) in rows:
        os.kill(int(str(pid)), signal.SIGKILL)
    release(live)


def drop_sandboxes(live: Live) -> None:
    """Drop every sandbox, as somebody who tidies up does."""
    team = admin(live)
    for name in sorted(str(name) for name in team.databases()):
        if name.startswith("switchback_"):
            team.ask(f'DROP DATABASE "{name}" WITH (FORCE)')
    release(live)


def sql(*statements: str) -> What:
    """Return what runs statements as the server's administrator."""

    def run(live: Live) -> None:
        for statement in statements:
            admin(live).ask(statement)
        release(live)

    return run


_held: list[psycopg.Connection[tuple[object, ...]]] = []


def hold_sandboxes(live: Live) -> None:
    """Open sessions on every sandbox as the administrator, whom an ordinary role cannot disconnect."""
    team = live.place.server
    for name in sorted(str(name) for name in team.databases()):
        if name.startswith("switchback_"):
            _held.append(
                psycopg.connect(host=team.login.host, port=team.login.port, user="postgres", dbname=name)
            )
    release(live)


def keep(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Hold a connection until the case is over."""
    _held.append(connection)


def let_go() -> None:
    """Close the sessions that were held."""
    while _held:
        _held.pop().close()


def both(*acts: Callable[[Live], None]) -> What:
    """Return what does one after the other."""

    def do(live: Live) -> None:
        for act in acts:
            act(live)

    return do
