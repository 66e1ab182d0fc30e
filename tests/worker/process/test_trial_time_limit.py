"""What takes too long is ended where it is, and what is done in time never hears of it."""

from __future__ import annotations

import signal
import time
from contextlib import suppress

import pytest

from django_switchback.worker.process.trial_time_limit import time_limit


class Late(Exception):
    """What these tests want to be told by."""


def test_what_is_done_in_time() -> None:
    """A block that ends in time raises what it raises, and the handler of before is there again."""
    earlier = signal.getsignal(signal.SIGALRM)
    with time_limit(60, Late):
        pass
    with pytest.raises(ZeroDivisionError), time_limit(60, Late):
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGALRM) is earlier


@pytest.mark.parametrize("swallowed", [(), (BaseException,)], ids=["raised", "swallowed"])
def test_what_takes_too_long(swallowed: tuple[type[BaseException], ...]) -> None:
    """A block that hangs is ended, also where it takes the alarm for an error of its own."""
    began = time.monotonic()
    with pytest.raises(Late), time_limit(0.05, Late), suppress(*swallowed):
        time.sleep(60)
        # As one that goes on with the next step.
    assert time.monotonic() - began < 30
