"""What the commands do once their arguments are read: the engine and the reports, one call a stage."""

from __future__ import annotations

import importlib
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeAlias

from django_switchback import evidence, standard_streams, verdict
from django_switchback.config.config import STDOUT, Config, load_config, report_files
from django_switchback.errors import SwitchbackError, UsageError
from django_switchback.evidence import AnyRecord, DatabaseStarted, NotCleanedUp, RunStarted, RunStopped
from django_switchback.progress.interface import Progress, progress_for
from django_switchback.progress.lines import single_line
from django_switchback.standard_streams import print_if_possible
from django_switchback.verdict import Report

Tell: TypeAlias = Callable[[tuple[AnyRecord, ...]], int]
"""Reports on evidence and returns the exit status."""


class Unwritable(SwitchbackError):
    """A file that was asked for cannot be written."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"cannot write {place}: {reason}")


class NotARehearsal(UsageError):
    """A log that holds no rehearsal."""

    def __init__(self, check: str) -> None:
        super().__init__(
            f"a log of {check} is no rehearsal's: expected one written by `run --evidence`; "
            "all-checks --from DIR reports on every kind"
        )


def run(flags: Mapping[str, Any]) -> int:
    """Rehearse as the flags and all other sources say, report, and return the exit status."""
    config = load_config(flags, os.environ, Path.cwd())
    # Imported late: what is wrong with the arguments is said at once.
    from django_switchback.pipeline import rehearse

    def tell(records: tuple[AnyRecord, ...]) -> int:
        return _report(verdict.judge(records), config.reports, verbose=config.verbose, quiet=config.quiet)

    return reported(config, tell, rehearse)


def reported(config: Config, tell: Tell, rehearse: Callable[..., tuple[AnyRecord, ...]]) -> int:
    """Call ``rehearse`` with progress and log, let ``tell`` report, and return the status that it returns.

    Of a run that is stopped, the report comes first and the clean-up after it; what that leaves, and where
    the evidence is kept, is said at the end.
    """
    with open_log(config.evidence) as log, open_progress(config) as progress:
        statuses: list[int] = []

        def stopped(records: tuple[AnyRecord, ...]) -> None:
            progress.close()
            statuses.append(tell(records))

        records = rehearse(config, progress, log, stopped=stopped)
        stop = next((record for record in records if isinstance(record, RunStopped)), None)
        if stop is not None:
            place = config.evidence or _saved(log, records)
            print_text(sys.stderr, "\n".join(map(single_line, _closing(stop, records, place))))
            return statuses[0]
    return tell(records)


def _closing(stop: RunStopped, records: tuple[AnyRecord, ...], log: Path | None) -> Iterator[str]:
    for record in records:
        if isinstance(record, NotCleanedUp):
            yield f"switchback: {record.name} could not be removed: {record.reason}; run: {record.command}"
    again = "" if log is None else f"; its evidence: switchback report {shlex.quote(str(log))}"
    yield f"switchback: {stop.reason}{again}"


def _saved(log: Path, records: tuple[AnyRecord, ...]) -> Path | None:
    """Copy the log of a stopped run to where no later run removes it; ``None`` where nothing is known."""
    if not any(isinstance(record, DatabaseStarted) for record in records):
        return None
    run = next((record.id for record in records if isinstance(record, RunStarted)), "")
    place = Path(tempfile.gettempdir(), f"switchback-{run}.jsonl")
    place.touch(mode=0o600)
    shutil.copyfile(log, place)
    return place


def report(logs: tuple[Path, ...], flags: Mapping[str, Any], *, verbose: bool) -> int:
    """Report again from logs, and return the exit status that their run had."""
    files = report_files(flags, Path.cwd())
    records = tuple(record for log in logs for record in evidence.read(log))
    for one in records:
        if isinstance(one, RunStarted) and one.check != "migrations":
            raise NotARehearsal(one.check)
    return _report(verdict.judge(records), files, verbose=verbose, quiet=False)


def rules(name: str | None) -> int:
    """Print the page of one rule, or the list of them."""
    from django_switchback.report.rules_page import rule_page

    print_text(sys.stdout, rule_page(name))
    return 0


@contextmanager
def open_log(kept: Path | None) -> Iterator[Path]:
    """Give an empty log, which is gone afterwards unless it is to be kept."""
    if kept is None:
        from django_switchback.sandbox import folders
        from django_switchback.sandbox.names import RunIdentity

        # Named so that the next run removes it if this one is killed.
        folder = folders.make_run_folder(RunIdentity.new(), "evidence", folders.disk_places()[0])
        try:
            yield folder / "evidence.jsonl"
        finally:
            folders.remove_folder(folder)
        return
    # Two runs in one log would be judged as one.
    write_file(kept, "")
    yield kept


@contextmanager
def open_progress(config: Config) -> Iterator[Progress]:
    """Give the progress that suits the terminal and the options, and close it."""
    terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    progress = progress_for(sys.stderr, verbose=config.verbose, quiet=config.quiet, terminal=terminal)
    try:
        yield progress
    finally:
        progress.close()


def _report(found: Report, files: Mapping[str, Path], *, verbose: bool, quiet: bool) -> int:
    from django_switchback.report import terminal

    refused = []
    for name, path in files.items():
        # One that cannot be written keeps none of the others from it.
        try:
            write_file(path, _renderer(name)(found))
        except Unwritable as error:
            refused.append(error)
    width = shutil.get_terminal_size().columns
    if STDOUT not in files.values():
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        try:
            print_text(sys.stdout, terminal.render(found, width=width, color=color, verbose=verbose))
        except Unwritable as error:
            refused.append(error)
    elif not quiet:
        # A report that another program reads has standard output to itself.
        color = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        print_if_possible(sys.stderr, terminal.render(found, width=width, color=color, verbose=verbose))
    if refused:
        raise refused[0]
    return verdict.exit_status(found)


def _renderer(name: str) -> Any:
    return importlib.import_module(f"django_switchback.report.{name}").render


def write_file(path: Path, text: str) -> None:
    """Write a file that was asked for, :data:`STDOUT` too. Raises :class:`Unwritable`."""
    if path == STDOUT:
        print_text(sys.stdout, text)
        return
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise Unwritable(str(path), error.strerror or str(error)) from error


def print_text(stream: TextIO, text: str) -> None:
    """Print ``text``, whatever the stream can spell; a reader that went away is no error.

    Raises :class:`Unwritable`.
    """
    try:
        standard_streams.print_text(stream, text)
    except OSError as error:
        raise Unwritable("standard output", error.strerror or str(error)) from error
