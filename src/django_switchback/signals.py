"""Turn stop signals and the time limit into an exception, once, so that the run cleans up.

The time limit is a SIGALRM that the run sends itself.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequested(KeyboardInterrupt):
    """Raised on the first stop signal; ``status`` is the exit status, ``reason`` the reported text."""

    def __init__(self, number: int) -> None:
        name = signal.Signals(number).name
        super().__init__(name)
        self.status = 128 + number
        self.reason = f"stopped before its end ({'Ctrl-C' if name == 'SIGINT' else name})"


class TimeLimitReached(StopRequested):
    """Raised when the time limit of the run is reached."""

    def __init__(self, seconds: float) -> None:
        super().__init__(signal.SIGALRM)
        self.status = 3
        self.reason = f"stopped before its end: the time limit of {seconds:g} s was reached"


@contextmanager
def handle_stop_signals() -> Iterator[None]:
    """Raise :class:`StopRequested` in the main thread on the first Ctrl-C, SIGTERM or hang-up in the block.

    Further signals are ignored during the clean-up, so that no database is left behind. Signals that the
    caller ignores (as nohup does) stay ignored. Does nothing outside of the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [number for number in _NUMBERS if signal.getsignal(number) is not signal.SIG_IGN]
    earlier = {number: signal.getsignal(number) for number in numbers}

    for number in numbers:
        signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def ignore_stop_signals() -> None:
    """Ignore stop signals from now on, as the clean-up must not be interrupted.

    Until the end of :func:`handle_stop_signals`; no effect outside of it.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _NUMBERS:
        if signal.getsignal(number) is _stop:
            signal.signal(number, _do_nothing)


@contextmanager
def time_limited(seconds: float | None) -> Iterator[None]:
    """Raise :class:`TimeLimitReached` in the main thread if the block takes longer than ``seconds``.

    Of the limit and a stop signal, only the first has an effect. Does nothing outside of the main thread,
    or if ``seconds`` is ``None``.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    over = threading.Event()

    def on_alarm(number: int, frame: FrameType | None) -> None:
        if over.is_set():
            return
        over.set()
        ignore_stop_signals()
        raise TimeLimitReached(seconds)

    def send() -> None:
        if not over.is_set():
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)

    earlier = signal.signal(signal.SIGALRM, on_alarm)
    timer = threading.Timer(seconds, send)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        over.set()
        timer.cancel()
        # A timer that has already fired finds ``over`` set.
        timer.join()
        signal.signal(signal.SIGALRM, earlier)


_NUMBERS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def _stop(number: int, frame: FrameType | None) -> None:
    ignore_stop_signals()
    raise StopRequested(number)


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """Ignore the signal; unlike SIG_IGN, a handler is not inherited by child processes."""
