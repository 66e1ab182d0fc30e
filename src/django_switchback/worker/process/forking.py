"""Work done in a process forked from this one, which takes with it all that it leaves in memory.

States of a project are rendered into classes that refer to each other: thousands of them are garbage after a
few migrations, and collecting it takes longer than beginning anew from a process that has none.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from django_switchback.sandbox.processes import WORKER_VARIABLE, kill_processes
from django_switchback.worker.process.driver_caches import forget_types
from django_switchback.worker.process.process_state import process_state

T = TypeVar("T")
_FORK_BUDGET_BYTES = 120 << 20
"""Bytes by which a process may grow before the rest of its work is another one's."""
_GC_THRESHOLD_OBJECTS = 1_500_000
"""Objects, more than there is room for, after which garbage is collected all the same."""
_MANY_MODELS = 500
"""Models of which one rendered state is so large that a few that are garbage take all the room."""
_GC_THRESHOLD_MANY_MODELS = 200_000
"""Objects after which garbage is collected where there are many models."""
_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which the system tells how large a process was (getrusage(2))."""


def die_with_parent(parent: int) -> None:
    """End this process, and what it started, soon after its ``parent`` is gone."""
    mark = f"{WORKER_VARIABLE}={os.environ[WORKER_VARIABLE]}"

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        # What left the group is known by its mark.
        kill_processes(mark, os.getpgrp())
        os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def can_be_forked() -> bool:
    """Tell whether this process has no threads but ours, which a fork would not have."""
    # One beside the main thread watches the coordinator.
    return threading.active_count() <= 2


def run_in_fork(folder: Path, work: Callable[[MemoryBudget], T]) -> T:
    """Return what ``work`` returns in a process of its own, which hands it over in a file of ``folder``.

    It is told how much room there is for it. Where this process cannot be forked, the work is done here.
    What ends the other process ends this one in the same way.
    """
    if not can_be_forked():
        return work(MemoryBudget(None))
    # Not before: a worker says so itself where there is no Django.
    from django.db import connections

    connections.close_all()
    forget_types()
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    with warnings.catch_warnings(action="ignore"):
        pid = os.fork()
    if pid == 0:
        _child_main(parent, folder, work)
    _, status = os.waitpid(pid, 0)
    result = _result(folder, pid)
    if not result.exists():
        _end_as(status)
    try:
        return pickle.loads(result.read_bytes())  # type: ignore[no-any-return]  # noqa: S301 # ours
    finally:
        result.unlink()


class MemoryBudget:
    """How much a process may grow; where that is ``None``, as much as it takes."""

    def __init__(self, size: int | None) -> None:
        self._most = None if size is None else _largest() + size

    @property
    def left(self) -> bool:
        """Whether there is some."""
        return self._most is None or _largest() < self._most


def peak_kib() -> int:
    """Return how large this process, or one that it was forked into, was at most."""
    return max(_largest(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _UNIT) // 1024


def _largest() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


def _result(folder: Path, pid: int) -> Path:
    return folder / f"result-{pid}.pickle"


def _child_main(parent: int, folder: Path, work: Callable[[MemoryBudget], object]) -> NoReturn:
    try:
        _set_gc_thresholds()
        process_state().rebind_to_this_pid()
        die_with_parent(parent)
        # NOTE: in a file, since a migration may close all descriptors.
        _result(folder, os.getpid()).write_bytes(pickle.dumps(work(MemoryBudget(_FORK_BUDGET_BYTES))))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)


def _set_gc_thresholds() -> None:
    """Set the thresholds of garbage collection by the number of models of the project."""
    from django.apps import apps

    if sum(map(len, apps.all_models.values())) < _MANY_MODELS:
        gc.set_threshold(_GC_THRESHOLD_OBJECTS, 8, 100)
    else:
        # What was in use at one collection is garbage at the next or the one after.
        gc.set_threshold(_GC_THRESHOLD_MANY_MODELS, 2, 2)


def _end_as(status: int) -> NoReturn:
    """End as the other process did, for the coordinator to see."""
    if os.WIFSIGNALED(status):
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status))
