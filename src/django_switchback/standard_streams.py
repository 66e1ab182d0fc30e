"""Reopen closed standard streams, and print without failing on closed pipes."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO


def open_closed_streams() -> None:
    """Open ``os.devnull`` for each standard stream that the caller closed.

    Otherwise the next opened file would get the descriptor, and all printed text. Writing to such a standard
    output raises ``OSError``; text for standard error is discarded.
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
            stream = open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115  open until the end
            setattr(sys, name, stream)


def print_text(stream: TextIO, text: str) -> None:
    """Print ``text``, escaping what the encoding of ``stream`` lacks; a closed pipe is not an error.

    Raises ``OSError`` for any other write error; later texts are discarded then.
    """
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.write("" if text.endswith("\n") else "\n")
        stream.flush()
    except BrokenPipeError:
        # NOTE: the reader (head, a pager) closed the pipe. Python flushes its buffer at exit, so the
        # descriptor must lead somewhere, https://docs.python.org/3/library/signal.html#note-on-sigpipe
        _abandon(stream)
    except OSError:
        _abandon(stream)
        raise


def print_if_possible(stream: TextIO | None, text: str) -> None:
    """Print ``text``, ignoring write errors."""
    if stream is not None:
        with suppress(OSError):
            print_text(stream, text)


def flush_or_discard(stream: TextIO) -> None:
    """Flush ``stream``, discarding its buffer if that fails: Python would exit with 120 for it."""
    try:
        stream.flush()
    except OSError:
        _abandon(stream)


def _abandon(stream: TextIO) -> None:
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
    os.close(devnull)
