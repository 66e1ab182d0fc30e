"""A run that is told to stop, or killed, at any moment: nothing of it stays."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from django_switchback import evidence
from django_switchback.evidence import AnyRecord, RunStarted, StepStarted
from django_switchback.sandbox import folders
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.processes import WORKER_VARIABLE
from integration.making import App, command, creates, environment, left_by, migration, project, switchback

PATIENCE = 60.0
"""Seconds after which a moment is taken not to come."""

SLEEPS = """
import os, subprocess, time

def forth(apps, editor):
    if os.environ["PAUSE"] == "forth":
        time.sleep(120)

def back(apps, editor):
    if os.environ["PAUSE"] == "back":
        subprocess.Popen(["sleep", "120"], start_new_session=True)
        time.sleep(120)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project whose newest migration takes two minutes in the direction that PAUSE names."""
    app = App(
        {
            "0001_initial": migration(creates("Thing")),
            "0002_slow": migration(
                "migrations.RunPython(forth, back)", after=[("things", "0001_initial")], head=SLEEPS
            ),
        },
        models="class Thing(models.Model): pass",
    )
    return project(tmp_path / "p", {"things": app})


class Running:
    """A run under way: the program's process, and what it has written down so far."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def records(self) -> tuple[AnyRecord, ...]:
        """What is in the evidence by now."""
        return evidence.read(self._log) if self._log.exists() else ()

    @property
    def id(self) -> str:
        """The run's own id, once it is known."""
        return next((record.id for record in self.records if isinstance(record, RunStarted)), "")

    def await_that(self, moment: Callable[[Running], bool]) -> None:
        """Wait for ``moment``; fails where it does not come."""
        deadline = time.monotonic() + PATIENCE
        while not moment(self):
            assert self.process.poll() is None, "the run was over before its moment"
            assert time.monotonic() < deadline, "the moment did not come"
            time.sleep(0.01)


@contextmanager
def running(folder: Path, database: str, pause: str = "", *options: str) -> Iterator[Running]:
    """Start the program on ``folder`` and end it in any case."""
    log = folder.parent / "evidence.jsonl"
    words = command(folder, "--database", database, "--evidence", str(log), *options)
    with subprocess.Popen(
        words, env=environment(PAUSE=pause), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield Running(process, log)
        finally:
            process.kill()


def server_starts(run: Running) -> bool:
    """Tell whether a server of this run is being made."""
    return any(run.id and f"switchback_{run.id}" in path and "_pg" in path for path in left_by(run.id))


def under_way(phase: str, direction: str) -> Callable[[Running], bool]:
    """Return the moment at which the slow migration is under way."""

    def reached(run: Running) -> bool:
        return any(
            (step.migration.name, step.phase, step.direction) == ("0002_slow", phase, direction)
            for step in run.records
            if isinstance(step, StepStarted)
        )

    return reached


MOMENTS = {
    "while the server starts": (server_starts, "postgresql-15", ""),
    "from nothing": (under_way("scratch", "forward"), "sqlite", "forth"),
    "in a cycle": (under_way("cycle", "rollback"), "postgresql-15", "back"),
}


@pytest.mark.parametrize(
    ("moment", "number", "status"),
    [*((moment, signal.SIGINT, 130) for moment in MOMENTS), ("in a cycle", signal.SIGTERM, 143)],
)
def test_told_to_stop(folder: Path, moment: str, number: signal.Signals, status: int) -> None:
    """Ctrl-C and SIGTERM end the run with their status; no sandbox, server, worker or folder stays.

    The reports that were asked for are written, and the last line names the log.
    """
    reached, database, pause = MOMENTS[moment]
    files = {name: folder.parent / f"report.{name}" for name in ("json", "junit", "markdown")}
    options = [f"--{name}={path}" for name, path in files.items()]
    with running(folder, database, pause, *options) as run:
        run.await_that(reached)
        run.process.send_signal(number)
        out, err = run.process.communicate(timeout=PATIENCE)
        assert run.process.returncode == status
        last = err.decode().splitlines()[-1]
        assert last.startswith("switchback: stopped before its end")
        assert last.endswith(f"switchback report {folder.parent / 'evidence.jsonl'}")
        assert b"The run did not finish" in out
        assert all(path.stat().st_size for path in files.values())
        report = json.loads(files["json"].read_text())
        assert report["verdict"] == "error"
        assert {item["verdict"] for item in report["migrations"]} <= {"error"}
        assert all(item["reason"].startswith("stopped before its end") for item in report["migrations"])
        assert b"Traceback" not in err
        assert left_by(run.id) == []
        assert workers_of(run.id) == []


@pytest.mark.slow
def test_time_limit(folder: Path) -> None:
    """A run that reaches its limit ends with status 3; each target without a verdict says why."""
    ran = switchback(folder, "--time-limit", "20", PAUSE="back")
    assert ran.status == 3, ran.err
    reason = "stopped before its end: the time limit of 20 s was reached"
    assert set(ran.verdicts().values()) == {"error"}
    assert ran.entry("things.0002_slow")["reason"].startswith(reason)
    assert ran.report["reasons"][0] == reason
    assert reason in ran.err.splitlines()[-1]


@pytest.mark.slow
def test_the_log_is_kept_where_it_is_said(tmp_path: Path, folder: Path) -> None:
    """A stopped run without --evidence keeps its log, and the command in its last line reports from it."""
    place = tmp_path / "temporary"
    place.mkdir()
    done = subprocess.run(
        command(folder, "--database", "sqlite", "--time-limit", "20"),
        env=environment(PAUSE="back", TMPDIR=str(place)),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    [kept] = place.iterdir()
    words = ["switchback", "report", str(kept)]
    assert done.stderr.splitlines()[-1].endswith(" ".join(words))
    again = subprocess.run(
        [sys.executable, "-m", "django_switchback", *words[1:]],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (again.returncode, again.stdout) == (done.returncode, done.stdout)
    assert "things" in again.stdout


def test_killed(folder: Path) -> None:
    """After SIGKILL the workers end by themselves within seconds, and the next run removes what is left."""
    with running(folder, "postgresql-15", "back") as run:
        run.await_that(under_way("cycle", "rollback"))
        run.process.send_signal(signal.SIGKILL)
        run.process.wait()
        deadline = time.monotonic() + PATIENCE
        while workers := workers_of(run.id):
            assert time.monotonic() < deadline, workers
            time.sleep(0.05)
    # What is left is the server, which has no way to know; any run removes it, not just this one.
    ran = switchback(folder, PAUSE="")
    assert ran.status == 0, ran.err
    assert left_by(run.id) == []


def test_killed_without_a_log(tmp_path: Path, folder: Path) -> None:
    """The log of a run that nobody asked to keep is removed by the next run too."""
    place = tmp_path / "temporary"
    place.mkdir()
    with subprocess.Popen(
        command(folder, "--database", "sqlite"),
        env=environment(PAUSE="forth", TMPDIR=str(place)),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + PATIENCE
        while not list(place.glob("switchback_*_evidence_*/evidence.jsonl")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
    ran = switchback(folder, PAUSE="", TMPDIR=str(place))
    assert ran.status == 0, ran.err
    assert list(place.iterdir()) == []


def workers_of(run: str) -> list[str]:
    """Return the processes that work for a run, and those that they started, by the mark that they carry.

    The server has no mark: its folder stands in its environment all the same.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it is gone, or somebody else's
            variables = entry.joinpath("environ").read_bytes().decode(errors="replace").split("\0")
            if any(
                variable.startswith(f"{WORKER_VARIABLE}=") and f"switchback_{run}" in variable
                for variable in variables
            ):
                found.append(f"{entry.name} {entry.joinpath('cmdline').read_bytes()!r}")
    return found


def test_left_by_sees_folders() -> None:
    """What the tests here go by is not blind."""
    run = RunIdentity.new()
    place = folders.make_run_folder(run, "seen", folders.disk_places()[0])
    with subprocess.Popen([sys.executable, "-c", "input()", str(place)], stdin=subprocess.PIPE) as process:
        deadline = time.monotonic() + PATIENCE
        # For a moment a new process has no command line, and before that its parent's.
        while (left := left_by(run.id)) != [str(place), f"{sys.executable} -c input() {place} "]:
            assert time.monotonic() < deadline, left
            time.sleep(0.01)
        process.communicate(b"\n")
    folders.remove_folder(place)
    assert left_by(run.id) == []
