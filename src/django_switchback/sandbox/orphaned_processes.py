"""Adopt orphaned descendants of this process, as a child subreaper, and kill them.

A process that starts a session, clears its environment and loses its parent can be recognised only by its
ancestors. Linux reparents it to init, or to the nearest ancestor that set ``PR_SET_CHILD_SUBREAPER``,
prctl(2). On other systems this module has no effect.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Set
from contextlib import contextmanager, suppress
from pathlib import Path

_PROC = Path("/proc")
_PR_SET_CHILD_SUBREAPER = 36
_SECONDS = 5.0
"""Time limit for killing processes that keep starting others."""


def adopt_orphans(*, adopt: bool = True) -> bool:
    """Set or clear this process's child subreaper attribute; return whether that worked."""
    if sys.platform != "linux":
        return False
    prctl = ctypes.CDLL(None).prctl
    return bool(prctl(_PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(adopt), *[ctypes.c_ulong(0)] * 3) == 0)


@contextmanager
def orphans_ended() -> Iterator[None]:
    """Adopt orphaned descendants during the block; at its end, kill every descendant that is new.

    The block should have ended the processes that it started itself.
    """
    before = descendants()
    adopted = adopt_orphans()
    try:
        yield
    finally:
        if adopted:
            end_descendants(before)
            adopt_orphans(adopt=False)


def end_descendants(spared: Set[int] = frozenset()) -> None:
    """Kill and reap every descendant of this process, except ``spared`` ones and their descendants."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and (pids := descendants(spared)):
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            # Only children can be waited for; grandchildren become children when their parents end.
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.005)


def descendants(spared: Set[int] = frozenset()) -> set[int]:
    """Return the pids of all descendants, except ``spared`` ones and their descendants."""
    children = _children()
    pids: set[int] = set()
    new = {os.getpid()}
    while new := {child for parent in new for child in children[parent]} - spared - pids:
        pids |= new
    return pids


def _children() -> defaultdict[int, set[int]]:
    children = defaultdict(set)
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):
            # NOTE: the second field is the program's name in parentheses, which may hold anything; proc(5).
            parent = folder.joinpath("stat").read_text(errors="replace").rpartition(")")[2].split()[1]
            children[int(parent)].add(int(folder.name))
    return children
