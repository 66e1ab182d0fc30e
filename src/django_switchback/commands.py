"""What the commands do once their arguments are read: the engine and the reports, one call a stage."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django_switchback import evidence, streams, verdict
from django_switchback.config import STDOUT, Config, load, report_files
from django_switchback.errors import SwitchbackError, UsageError
from django_switchback.evidence import RunStarted
from django_switchback.progress import Progress, watch
from django_switchback.streams import tell
from django_switchback.verdict import Report


class Unwritable(SwitchbackError):
    """A file that was asked for cannot be written."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"cannot write {place}: {reason}")


class OtherCheck(UsageError):
    """A log that holds no rehearsal."""

    def __init__(self, check: str) -> None:
        super().__init__(
            f"a log of {check} is no rehearsal's: expected one written by `run --evidence`; "
            "all-checks --from DIR reports on every kind"
        )


def run(flags: Mapping[str, Any]) -> int:
    """Rehearse as the flags and all other sources say, report, and return the exit status."""
    config = load(flags, os.environ, Path.cwd())
    # Imported late: what is wrong with the arguments is said at once.
    from django_switchback.pipeline import rehearse

    with kept_log(config.evidence) as log, watching(config) as progress:
        records = rehearse(config, progress, log)
    return _tell(verdict.judge(records), config.reports, verbose=config.verbose, quiet=config.quiet)


def report(logs: tuple[Path, ...], flags: Mapping[str, Any], *, verbose: bool) -> int:
    """Report again from logs, and return the exit status that their run had."""
    files = report_files(flags, Path.cwd())
    records = tuple(record for log in logs for record in evidence.read(log))
    for one in records:
        if isinstance(one, RunStarted) and one.check != "migrations":
            raise OtherCheck(one.check)
    return _tell(verdict.judge(records), files, verbose=verbose, quiet=False)


def rules(name: str | None) -> int:
    """Print the page of one rule, or the list of them."""
    from django_switchback.report.rules_page import page

    show(sys.stdout, page(name))
    return 0


@contextmanager
def kept_log(kept: Path | None) -> Iterator[Path]:
    """Give an empty log, which is gone afterwards unless it is to be kept."""
    if kept is None:
        from django_switchback.sandbox import folders
        from django_switchback.sandbox.names import Run

        # Named so that the next run removes it if this one is killed.
        folder = folders.make(Run.new(), "evidence", folders.disk_places()[0])
        try:
            yield folder / "evidence.jsonl"
        finally:
            folders.remove(folder)
        return
    # Two runs in one log would be judged as one.
    write(kept, "")
    yield kept


@contextmanager
def watching(config: Config) -> Iterator[Progress]:
    """Give the progress that suits the terminal and the options, and close it."""
    terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    progress = watch(sys.stderr, verbose=config.verbose, quiet=config.quiet, terminal=terminal)
    try:
        yield progress
    finally:
        progress.close()


def _tell(found: Report, files: Mapping[str, Path], *, verbose: bool, quiet: bool) -> int:
    from django_switchback.report import terminal

    refused = []
    for name, path in files.items():
        # One that cannot be written keeps none of the others from it.
        try:
            write(path, _renderer(name)(found))
        except Unwritable as error:
            refused.append(error)
    width = shutil.get_terminal_size().columns
    if STDOUT not in files.values():
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        try:
            show(sys.stdout, terminal.render(found, width=width, color=color, verbose=verbose))
        except Unwritable as error:
            refused.append(error)
    elif not quiet:
        # A report that another program reads has standard output to itself.
        color = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        tell(sys.stderr, terminal.render(found, width=width, color=color, verbose=verbose))
    if refused:
        raise refused[0]
    return verdict.exit_status(found)


def _renderer(name: str) -> Any:
    return importlib.import_module(f"django_switchback.report.{name}").render


def write(path: Path, text: str) -> None:
    """Write a file that was asked for, :data:`STDOUT` too. Raises :class:`Unwritable`."""
    if path == STDOUT:
        show(sys.stdout, text)
        return
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise Unwritable(str(path), error.strerror or str(error)) from error


def show(stream: TextIO, text: str) -> None:
    """Print ``text``, whatever the stream can spell; a reader that went away is no error.

    Raises :class:`Unwritable`.
    """
    try:
        streams.show(stream, text)
    except OSError as error:
        raise Unwritable("standard output", error.strerror or str(error)) from error
