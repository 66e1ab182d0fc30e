"""Interrupts a trial of the minimiser that exceeds its time limit, while the process goes on.

A step that hangs is ended by the coordinator instead, see ``engine/worker_process.py``.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

REPEAT_SECONDS = 5.0
"""Seconds between repeated interrupts; project code may swallow the first (``except BaseException``)."""


class _TimeIsUp(KeyboardInterrupt):
    """Interrupts the main thread; a ``KeyboardInterrupt``, on which psycopg cancels its query."""


@contextmanager
def time_limit(seconds: float, error: type[Exception]) -> Iterator[None]:
    """Raise ``error`` if the block takes longer than ``seconds``, even if it swallowed the interrupt.

    Main thread only. A call into C code that does not return is not interrupted.
    """
    fired: list[int] = []
    done = threading.Event()

    def interrupt(number: int, _: FrameType | None) -> None:
        if not done.is_set():
            fired.append(number)
            raise _TimeIsUp

    def watch() -> None:
        # NOTE: not setitimer(), which ProcessState.restore() resets after each step.
        delay = seconds
        while not done.wait(delay):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
            delay = REPEAT_SECONDS

    previous_handler = signal.signal(signal.SIGALRM, interrupt)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except BaseException:
        if not fired:
            raise
    finally:
        done.set()
        watcher.join()
        signal.signal(signal.SIGALRM, previous_handler)
    if fired:
        raise error
