"""Define the progress display, which receives records; the engine itself never prints."""

from __future__ import annotations

from typing import TextIO

from django_switchback.evidence import AnyRecord
from django_switchback.progress.lines import ProgressLines
from django_switchback.standard_streams import print_if_possible
from django_switchback.untrusted_text import safe_line


class Progress:
    """Displays a run; this base class displays nothing. No method raises because of a record's content.

    ``observe`` is called by one thread at a time; the other methods must be thread-safe.
    """

    def planned(self, database: str, steps: int) -> None:
        """Add ``steps`` to the planned steps of ``database``: those of targets, without trials."""

    def observe(self, record: AnyRecord) -> None:
        """Update the display from a record that was written to the log."""

    def note(self, text: str) -> None:
        """Print a message without a record, such as the start of a server."""

    def close(self) -> None:
        """Print the remaining lines and restore the terminal. Safe to call twice."""


class LineProgress(Progress):
    """Prints one line per migration with :meth:`print_line`; ``verbose`` adds a line per step."""

    def __init__(self, *, verbose: bool = False) -> None:
        self._lines = ProgressLines(verbose=verbose)

    def print_line(self, line: str) -> None:
        """Print one line without control characters."""
        raise NotImplementedError

    def observe(self, record: AnyRecord) -> None:
        """Print the lines that ``record`` completes."""
        for line in self._lines.observe(record):
            self.print_line(line)

    def note(self, text: str) -> None:
        """Print ``text`` as one line."""
        self.print_line(safe_line(text))

    def close(self) -> None:
        """Print the lines of unfinished cycles."""
        for line in self._lines.remaining():
            self.print_line(line)


class PlainProgress(LineProgress):
    """Prints lines to a log or pipe."""

    def __init__(self, stream: TextIO, *, verbose: bool = False) -> None:
        super().__init__(verbose=verbose)
        self._stream = stream

    def planned(self, database: str, steps: int) -> None:
        """Print the number of planned steps."""
        self.note(f"{database}: {steps} steps to go")

    def print_line(self, line: str) -> None:
        """Print one line; a failure to print progress must not end the run."""
        print_if_possible(self._stream, line)


def progress_for(stream: TextIO, *, verbose: bool, quiet: bool, terminal: bool) -> Progress:
    """Return the progress display for ``stream``: none if ``quiet``, bars on a ``terminal``, else lines."""
    if quiet:
        return Progress()
    if not terminal:
        return PlainProgress(stream, verbose=verbose)
    from django_switchback.progress.bars import ProgressBars

    return ProgressBars(stream, verbose=verbose)
