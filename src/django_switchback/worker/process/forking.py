"""Runs callables in forked child processes, so that the memory they used is freed when the child exits.

Rendered project states are classes that refer to each other: a few migrations leave thousands of them as
garbage, and collecting it takes longer than starting again from a process without it.
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
from django_switchback.sandbox.run_files import RunFiles
from django_switchback.worker.process.driver_caches import forget_types
from django_switchback.worker.process.process_state import process_state

T = TypeVar("T")
_FORK_BUDGET_BYTES = 120 << 20
"""Growth of a process in bytes after which the rest of its work moves to a new fork."""
_GC_THRESHOLD_OBJECTS = 1_500_000
"""Number of new objects that triggers a garbage collection; the memory budget is normally used up first."""
_MANY_MODELS = 250
"""Number of models from which on a few rendered states that are garbage use up the memory budget."""
_GC_THRESHOLD_MANY_MODELS = 200_000
"""Number of new objects that triggers a garbage collection with many models."""
_MAXRSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024
"""Bytes per unit of ``ru_maxrss`` (getrusage(2))."""


_orphaned = threading.Event()
"""Set once the thread of :func:`die_with_parent` is ending this process."""


def die_with_parent(parent: int) -> None:
    """Start a thread that kills this process and its children soon after ``parent`` is gone."""
    mark = f"{WORKER_VARIABLE}={os.environ[WORKER_VARIABLE]}"

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        _orphaned.set()
        # Children that left the process group are found by their environment variable.
        kill_processes(mark, os.getpgrp())
        os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def can_be_forked() -> bool:
    """Return whether the project has started no threads, which a fork would not have."""
    # The main thread and the thread of die_with_parent().
    return threading.active_count() <= 2


def run_in_fork(folder: Path, work: Callable[[MemoryBudget], T]) -> T:
    """Return the result of ``work``, run in a forked child that writes it to a pickle file in ``folder``.

    ``work`` receives its memory budget. If this process cannot be forked, ``work`` runs in it. If the child
    is killed or exits with an error, this process ends in the same way.
    """
    if not can_be_forked():
        return work(MemoryBudget(None))
    # Imported late: the worker itself reports an interpreter without Django.
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
    result = RunFiles(folder).fork_result(pid)
    if not result.exists():
        _exit_with(status)
    try:
        returned: T = pickle.loads(result.read_bytes())  # noqa: S301  written by the process above
        return returned
    finally:
        result.unlink()


class MemoryBudget:
    """Limits how many bytes a process may grow; ``None`` means no limit."""

    def __init__(self, growth_bytes: int | None) -> None:
        self._limit_bytes = None if growth_bytes is None else _peak_rss_bytes() + growth_bytes

    @property
    def remains(self) -> bool:
        """Whether the process is still below its limit."""
        return self._limit_bytes is None or _peak_rss_bytes() < self._limit_bytes


def peak_kib() -> int:
    """Return the peak resident size in KiB of this process and its forked children."""
    return (
        max(_peak_rss_bytes(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _MAXRSS_UNIT_BYTES)
        // 1024
    )


def _peak_rss_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT_BYTES


def _child_main(parent: int, folder: Path, work: Callable[[MemoryBudget], object]) -> NoReturn:
    try:
        _set_gc_thresholds()
        process_state().rebind_to_this_pid()
        die_with_parent(parent)
        # NOTE: in a file, since a migration may close all descriptors.
        RunFiles(folder).fork_result(os.getpid()).write_bytes(
            pickle.dumps(work(MemoryBudget(_FORK_BUDGET_BYTES)))
        )
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)


def _set_gc_thresholds() -> None:
    """Set the garbage collection thresholds by the number of models of the project."""
    from django.apps import apps

    if sum(map(len, apps.all_models.values())) < _MANY_MODELS:
        gc.set_threshold(_GC_THRESHOLD_OBJECTS, 8, 100)
    else:
        # Objects that survive one collection are often garbage at the next or the one after.
        gc.set_threshold(_GC_THRESHOLD_MANY_MODELS, 2, 2)


def _exit_with(status: int) -> NoReturn:
    """Exit with the child's signal or exit status, so that the coordinator sees it."""
    if _orphaned.is_set():
        # The thread of die_with_parent() killed the child; it ends this process when no other is left.
        threading.Event().wait()
    if os.WIFSIGNALED(status):
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status))
