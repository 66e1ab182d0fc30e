"""Names: whose a database is, and whether its run still lives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_switchback.sandbox import processes
from django_switchback.sandbox.names import (
    MAX_NAME_CHARACTERS,
    RunIdentity,
    is_abandoned,
    is_marked,
    marker,
    marking_connection_limit,
    parse_name,
)

from .support import dead_run

NOW = 1_800_000_000.0
HOUR = 3600.0


def run_at(now: float, draw: int = 7) -> RunIdentity:
    """Return a run of this process that began at ``now``."""
    return RunIdentity.new(clock=lambda: now, draw=lambda _: draw)


@given(
    now=st.floats(0, 3_600_000_000),
    draw=st.integers(0, 36**6 - 1),
    pid=st.integers(1, 2**22),
    label=st.text("abcxyz019_", min_size=1, max_size=19),
    serial=st.integers(0, 36**4 - 1),
)
def test_name_tells_its_run(now: float, draw: int, pid: int, label: str, serial: int) -> None:
    """Whatever the run, the label and the number: the name fits, and reads back as the run."""
    run = msgspec.structs.replace(run_at(now, draw), pid=pid)
    name = run.name(label, serial)
    assert len(name.encode()) <= MAX_NAME_CHARACTERS
    assert parse_name(name) == run
    assert run.owns(name)


@pytest.mark.parametrize("label", ["", "a" * 20, "a-b", 'x"; DROP', "ünder"])
def test_label_that_would_break_a_name_is_refused(label: str) -> None:
    """A label that is too long or no plain word never gets into a name."""
    with pytest.raises(ValueError, match="label"):
        run_at(NOW).name(label, 0)


def test_run_owns_no_other_runs_names() -> None:
    """A name of another run, or one with something before or after it, is not ours."""
    run = run_at(NOW)
    name = run.name("head", 1)
    assert not run.owns(run_at(NOW, draw=8).name("head", 1))
    assert not any(run.owns(other) for other in (name + "x", "x" + name, name + "\n", "switchback_head", ""))


def test_living_process_keeps_its_names() -> None:
    """What this process made is not abandoned, however old it is."""
    name = run_at(NOW).name("head", 1)
    assert not is_abandoned(name, now=NOW + 1000 * HOUR)


def test_dead_process_abandons_its_names() -> None:
    """What a process made that is gone is abandoned at once."""
    assert is_abandoned(dead_run().name("head", 1), now=0)


def test_zombie_is_dead() -> None:
    """A process that ended and was not collected by its parent yet holds on to nothing."""
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    run = RunIdentity.new(pid=process.pid)
    assert process.stdout is not None
    process.stdout.read()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert is_abandoned(run.name("head", 1), now=0)
    process.communicate()


def test_reused_process_number_is_another_process() -> None:
    """A process that has the number of a dead one does not keep its names alive."""
    name = msgspec.structs.replace(run_at(NOW), born="zzzz").name("head", 1)
    assert is_abandoned(name, now=NOW)


def test_unknown_start_is_taken_for_alive() -> None:
    """Where a start time could not be read, a process of that number counts as the one that made it."""
    name = msgspec.structs.replace(run_at(NOW), born=processes.UNKNOWN_START).name("head", 1)
    assert not is_abandoned(name, now=NOW)


@pytest.mark.parametrize(("hours", "over"), [(0, False), (23, False), (25, True)])
def test_other_machine_has_a_day(hours: int, over: bool) -> None:
    """A run on another machine counts as over after 24 hours, whatever process numbers mean here."""
    name = msgspec.structs.replace(dead_run(), host="zzzzzzz", started=int(NOW) // 60 * 60).name("head", 1)
    assert is_abandoned(name, now=NOW + hours * HOUR) is over


@pytest.mark.parametrize("name", ["", "postgres", "switchback", "switchback_prod", "switchback_" + "a" * 40])
def test_name_that_no_run_gave_is_never_abandoned(name: str) -> None:
    """A database that merely begins like ours is nobody's to drop."""
    assert not is_abandoned(name, now=NOW + 10_000 * HOUR)


def test_mark_is_comment_or_seal() -> None:
    """A database is marked by its run's comment, or by its connection limit while it has no comment."""
    run = run_at(NOW)
    name = run.name("head", 1)
    assert is_marked(name, marker(run), -1)
    assert is_marked(name, None, marking_connection_limit(name))
    assert not is_marked(name, None, -1)
    assert not is_marked(name, marker(run_at(NOW, draw=8)), marking_connection_limit(name))
    assert not is_marked("postgres", None, marking_connection_limit("postgres"))


def test_start_time_without_proc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a machine without /proc, ``ps`` tells living processes from dead ones."""
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    since = processes.start_id(os.getpid())
    assert since not in (None, processes.UNKNOWN_START)
    assert since is not None
    assert processes.is_alive(os.getpid(), since)
    assert not processes.is_alive(os.getpid(), "zzzz")
    assert processes.owner_and_command(os.getpid()) is not None
    dead = dead_run()
    assert processes.owner_and_command(dead.pid) is None
    assert not processes.is_alive(dead.pid, dead.born)
