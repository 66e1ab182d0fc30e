"""Promises of checks/child_processes.py: side by side, none stops another, all are stopped together."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from django_switchback.checks.child_processes import ChildProcess, run_all


def child(folder: Path, name: str, code: str, *, alone: bool = False) -> ChildProcess:
    """Return a child that runs ``code``."""
    return ChildProcess(
        name, (sys.executable, "-c", code), folder, dict(os.environ), folder / f"{name}.txt", alone
    )


def silent(_: str) -> None:
    """Say nothing."""


def test_one_that_fails_stops_no_other(tmp_path: Path) -> None:
    """Each ends as it ends, what it printed is kept, and the order is theirs."""
    missing = ChildProcess("c", ("no-such-program",), tmp_path, {}, tmp_path / "c.txt")
    children = (child(tmp_path, "a", "print('a'); raise SystemExit(4)"), child(tmp_path, "b", "print('b')"))
    ended = run_all((*children, missing), 1, silent)
    assert [item.status for item in ended] == [4, 0, None]
    assert (tmp_path / "a.txt").read_text() == "a\n"
    assert "no-such-program could not be started" in (tmp_path / "c.txt").read_text()


def test_alone_is_alone(tmp_path: Path) -> None:
    """One that must run alone begins when the others have ended."""
    wait = "import time; time.sleep(0.5); print(time.time())"
    begin = "import time; print(time.time())"
    run_all((child(tmp_path, "last", begin, alone=True), child(tmp_path, "first", wait)), 2, silent)
    assert float((tmp_path / "last.txt").read_text()) > float((tmp_path / "first.txt").read_text())


def test_told_of_each(tmp_path: Path) -> None:
    """Whoever watches is told of each beginning and end."""
    told: list[str] = []
    run_all((child(tmp_path, "a", "pass"),), 1, told.append)
    assert told == ["a: started", "a: ended with status 0"]


def test_ctrl_c_stops_all(tmp_path: Path) -> None:
    """An interrupt ends every child, those that ignore the first signal too, before it is passed on."""
    code = (
        "import pathlib, signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN);"
        "pathlib.Path('{}').touch(); time.sleep(600)"
    )
    polite = code.replace("signal.signal(signal.SIGINT, signal.SIG_IGN);", "")
    marks = [tmp_path / "one", tmp_path / "two"]
    children = [child(tmp_path, mark.name, polite.format(mark)) for mark in marks]
    main = threading.main_thread().ident
    assert main is not None
    _when(lambda: all(mark.exists() for mark in marks), lambda: signal.pthread_kill(main, signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        run_all(children, 2, silent)
    for mark in marks:
        assert "KeyboardInterrupt" in (tmp_path / f"{mark.name}.txt").read_text()


def _when(ready: Callable[[], bool], act: Callable[[], None]) -> None:
    def watch() -> None:
        while not ready():
            time.sleep(0.05)
        act()

    threading.Thread(target=watch, daemon=True).start()
