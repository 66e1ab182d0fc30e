"""What a stretch of work cost: wall time, and the time of processors in all processes that ended within."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Spent:
    """Seconds of the clock and of processors (user and system)."""

    def __init__(self) -> None:
        self.wall = 0.0
        self.cpu = 0.0

    def __str__(self) -> str:
        return f"{self.wall:8.1f} s  {self.cpu:8.1f} s of processors"


@contextmanager
def spent() -> Iterator[Spent]:
    """Measure the block; the value is filled when it ends."""
    cost = Spent()
    began, before = time.monotonic(), _processors()
    try:
        yield cost
    finally:
        cost.wall, cost.cpu = time.monotonic() - began, _processors() - before


def _processors() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def steady() -> dict[str, str]:
    """Return the environment without what steers Switchback or Django.

    Nor with what keeps Python from writing down what it compiled: pip does that for all that it installs, but
    not for a checkout, which would be compiled by each process anew.
    """
    steering = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in steering and not name.startswith("SWITCHBACK_")
    }
