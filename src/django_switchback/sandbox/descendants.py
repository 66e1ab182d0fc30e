"""Descendants of a process: adopted where their parents are gone, and ended.

A process that makes a session of its own, empties its environment and loses its parent can be told by nothing
from any other one but by its ancestors. Linux gives it to init, or to the nearest ancestor that asked for it
with ``PR_SET_CHILD_SUBREAPER``, prctl(2). On other systems nothing here has any effect.
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
"""How long it is tried to end processes that go on starting others."""


def adopt_orphans(*, adopt: bool = True) -> bool:
    """Become the parent of each descendant that loses its own, or no longer; return whether that worked."""
    if sys.platform != "linux":
        return False
    prctl = ctypes.CDLL(None).prctl
    return bool(prctl(_PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(adopt), *[ctypes.c_ulong(0)] * 3) == 0)


@contextmanager
def orphans_ended() -> Iterator[None]:
    """Adopt descendants that lose their parents in the block, and end at its end all that were not before.

    What the block itself starts it should have ended by then.
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
    """End every descendant of this process but the ``spared`` ones and theirs, and leave no zombie of it."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and (found := descendants(spared)):
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            # Only a child can be waited for; the others become children when their parents end.
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.005)


def descendants(spared: Set[int] = frozenset()) -> set[int]:
    """Return this process's children, their children and so on, without the ``spared`` ones and theirs."""
    children = _children()
    found: set[int] = set()
    new = {os.getpid()}
    while new := {child for parent in new for child in children[parent]} - spared - found:
        found |= new
    return found


def _children() -> defaultdict[int, set[int]]:
    children = defaultdict(set)
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):
            # NOTE: the second field is the program's name in parentheses, which may hold anything; proc(5).
            parent = folder.joinpath("stat").read_text(errors="replace").rpartition(")")[2].split()[1]
            children[int(parent)].add(int(folder.name))
    return children
