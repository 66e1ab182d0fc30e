"""An alarm that ends what takes too long within this process, while the process goes on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

REPEAT_SECONDS = 5.0
"""Seconds after which it rings again: what it rings in may take it for an error of its own and go on."""


class _TimeIsUp(KeyboardInterrupt):
    """Raised in the main thread wherever that is; the driver of PostgreSQL ends its query on an interrupt."""


@contextmanager
def time_limit(seconds: float, error: type[Exception]) -> Iterator[None]:
    """Raise ``error`` where the block is not done in ``seconds``, even if what rang in it was swallowed.

    For the main thread alone. A call into a library that does not come back is not ended.
    """
    rang: list[int] = []
    done = threading.Event()

    def ring(number: int, _: FrameType | None) -> None:
        if not done.is_set():
            rang.append(number)
            raise _TimeIsUp

    def watch() -> None:
        # NOTE: not a timer of the process, which is put right after each step.
        wait = seconds
        while not done.wait(wait):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
            wait = REPEAT_SECONDS

    earlier = signal.signal(signal.SIGALRM, ring)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except BaseException:
        if not rang:
            raise
    finally:
        done.set()
        watcher.join()
        signal.signal(signal.SIGALRM, earlier)
    if rang:
        raise error
