"""The program's own standard streams: open whatever the caller closed, silent once nobody can be told."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO


def open_closed_streams() -> None:
    """Put something in the place of standard streams that the caller closed.

    The next file that is opened would take their number, and get what is printed. Standard output cannot be
    written then; what is told on standard error is lost.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDONLY if number == 1 else os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            stream = open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


def print_text(stream: TextIO, text: str) -> None:
    """Print ``text``, whatever ``stream`` can spell. A reader that went away is no error.

    Raises ``OSError`` where it cannot be written for another reason; later texts are lost then.
    """
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.write("" if text.endswith("\n") else "\n")
        stream.flush()
    except BrokenPipeError:
        # NOTE: whoever reads has had enough (head, a pager). The verdict stands; what Python still holds
        # for the stream has to go somewhere, https://docs.python.org/3/library/signal.html#note-on-sigpipe
        _abandon(stream)
    except OSError:
        _abandon(stream)
        raise


def print_if_possible(stream: TextIO | None, text: str) -> None:
    """Print ``text`` where somebody may look on; nothing depends on whether it can be written."""
    if stream is not None:
        with suppress(OSError):
            print_text(stream, text)


def _abandon(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
