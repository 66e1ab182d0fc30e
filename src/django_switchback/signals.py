"""Being told to stop: the first signal unwinds the run and everything is cleaned up; more are ignored.

A limit of time is such a signal, which the run sends itself.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequested(KeyboardInterrupt):
    """A signal asked the run to end; ``status`` is the exit status that says so, ``reason`` is told."""

    def __init__(self, number: int) -> None:
        name = signal.Signals(number).name
        super().__init__(name)
        self.status = 128 + number
        self.reason = f"stopped before its end ({'Ctrl-C' if name == 'SIGINT' else name})"


class TimeLimitReached(StopRequested):
    """The run took as long as it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(signal.SIGALRM)
        self.status = 3
        self.reason = f"stopped before its end: the time limit of {seconds:g} s was reached"


@contextmanager
def handle_stop_signals() -> Iterator[None]:
    """Raise :class:`StopRequested` in the main thread on the first Ctrl-C, SIGTERM or hang-up in the block.

    While that unwinds, further ones do nothing: half a clean-up would leave databases behind. What the
    caller ignores (as nohup does) stays ignored. Does nothing outside of the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [number for number in _NUMBERS if signal.getsignal(number) is not signal.SIG_IGN]
    earlier = {number: signal.getsignal(number) for number in numbers}

    def stop(number: int, frame: FrameType | None) -> None:
        for other in numbers:
            signal.signal(other, _do_nothing)
        raise StopRequested(number)

    for number in numbers:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


@contextmanager
def time_limited(seconds: float | None) -> Iterator[None]:
    """Raise :class:`TimeLimitReached` in the main thread where what is within takes longer than ``seconds``.

    A signal that came first is not disturbed by it, nor is it by one that comes after it. Does nothing
    outside of the main thread, or without a limit.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    over = threading.Event()

    def ring(number: int, frame: FrameType | None) -> None:
        if over.is_set():
            return
        over.set()
        for other in _NUMBERS:
            if signal.getsignal(other) is not signal.SIG_IGN:
                signal.signal(other, _do_nothing)
        raise TimeLimitReached(seconds)

    def send() -> None:
        if not over.is_set():
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)

    earlier = signal.signal(signal.SIGALRM, ring)
    timer = threading.Timer(seconds, send)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        over.set()
        timer.cancel()
        # One that is on its way already finds nothing to do.
        timer.join()
        signal.signal(signal.SIGALRM, earlier)


_NUMBERS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """Stand in for SIG_IGN, which child processes would inherit."""
