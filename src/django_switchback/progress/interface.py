"""Progress: told what is observed, it tells the person who waits. The engine itself never prints."""

from __future__ import annotations

from typing import Protocol, TextIO

from django_switchback.evidence import AnyRecord
from django_switchback.progress.lines import ProgressLines, single_line
from django_switchback.standard_streams import print_if_possible


class Progress(Protocol):
    """Somebody who watches a run. No method raises for what a record says.

    ``observe`` is called by one thread at a time; the others may come from any, at any time.
    """

    def planned(self, database: str, steps: int) -> None:
        """Add ``steps`` to what ``database`` has before it: those of targets, without trials."""
        ...

    def observe(self, record: AnyRecord) -> None:
        """Take note of a record as it is written to the log."""
        ...

    def note(self, text: str) -> None:
        """Tell something that no record holds, such as that a server is being started."""
        ...

    def close(self) -> None:
        """Say what is still to be said and give the terminal back. Safe to call twice."""
        ...


class SilentProgress:
    """Says nothing."""

    def planned(self, database: str, steps: int) -> None:
        """Say nothing."""

    def observe(self, record: AnyRecord) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""


class PlainProgress:
    """A line a migration, without control characters: for logs and pipes. ``verbose``: a line a step too."""

    def __init__(self, stream: TextIO, *, verbose: bool = False) -> None:
        self._stream = stream
        self._milestones = ProgressLines(verbose=verbose)

    def planned(self, database: str, steps: int) -> None:
        """Say how much there is to do."""
        self.note(f"{database}: {steps} steps to go")

    def observe(self, record: AnyRecord) -> None:
        """Print the lines that ``record`` completes."""
        for line in self._milestones.observe(record):
            self._print(line)

    def note(self, text: str) -> None:
        """Print ``text`` as one line."""
        self._print(single_line(text))

    def close(self) -> None:
        """Print what was still waiting for more."""
        for line in self._milestones.remaining():
            self._print(line)

    def _print(self, line: str) -> None:
        # A run does not end because nobody can look on.
        print_if_possible(self._stream, line)


def progress_for(stream: TextIO, *, verbose: bool, quiet: bool, terminal: bool) -> Progress:
    """Return the progress that suits ``stream``: none when ``quiet``, bars on a ``terminal``, else lines."""
    if quiet:
        return SilentProgress()
    if not terminal:
        return PlainProgress(stream, verbose=verbose)
    from django_switchback.progress.bars import ProgressBars

    return ProgressBars(stream, verbose=verbose)
