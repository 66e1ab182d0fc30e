"""Implement the commands: merge the options, rehearse, judge and report."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeAlias

import msgspec

from django_switchback import evidence, standard_streams
from django_switchback.commands.baselines import check_writable, judge_and_write, replacing
from django_switchback.config.config import STDOUT, Config, ConflictingOptions, load_config, report_files
from django_switchback.config.options import OPTIONS
from django_switchback.errors import SwitchbackError, UsageError
from django_switchback.evidence import (
    AnyRecord,
    DatabaseBroken,
    DatabaseStarted,
    NotCleanedUp,
    RunStarted,
    RunStopped,
    read_baseline,
)
from django_switchback.progress.interface import Progress, progress_for
from django_switchback.report.renderer import renderer
from django_switchback.standard_streams import print_if_possible
from django_switchback.untrusted_text import safe_line
from django_switchback.verdict.interface import FailOn, Report, exit_status
from django_switchback.verdict.shards import refuse_unmergeable

ReportRecords: TypeAlias = Callable[[tuple[AnyRecord, ...]], int]
"""Reports on records and returns the exit status."""
Rehearse: TypeAlias = Callable[..., tuple[AnyRecord, ...]]


class Unwritable(SwitchbackError):
    """Reports a file that cannot be written."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"cannot write {place}: {reason}")


class NotARehearsal(UsageError):
    """Reports a log of another check than a rehearsal."""

    def __init__(self, check: str) -> None:
        super().__init__(
            f"a log of {check} is not the log of a rehearsal: expected one written by `run --evidence`; "
            "all-checks --from DIR reports on every kind"
        )


def run(flags: Mapping[str, Any], written_baseline: Path | None = None) -> int:
    """Rehearse with the merged options, report, and return the exit status."""
    return run_with(load_config(flags, os.environ, Path.cwd()), written_baseline)


def run_with(config: Config, written_baseline: Path | None = None) -> int:
    """Rehearse with ``config``, report, write a baseline if asked to, and return the exit status."""
    check_writable(written_baseline)
    if written_baseline is not None and config.shard is not None:
        # What other shards find would be missing in it.
        raise ConflictingOptions("--write-baseline", "--shard, whose merged report can write it")
    config = replacing(config, written_baseline)
    rehearse = _on_this_machine() if config.cluster is None else _on_cluster(config)

    def report_records(records: tuple[AnyRecord, ...]) -> int:
        found = judge_and_write(records, None, written_baseline, own_shard=config.shard is not None)
        return _report(found, config.reports, verbose=config.verbose, quiet=config.quiet)

    return reported(config, report_records, rehearse)


def _on_this_machine() -> Rehearse:
    # Imported late, so that usage errors are reported without delay.
    from django_switchback import pipeline

    return pipeline.rehearse


def _on_cluster(config: Config) -> Rehearse:
    """Return the function that rehearses on a cluster; warn if others can read or use the connection."""
    from django_switchback.dask_cluster import cluster_run, scheduler_address

    if config.shard is not None:
        raise ConflictingOptions("--cluster", "--shard")
    warning = scheduler_address.warning(config)
    if warning:
        print_text(sys.stderr, f"{safe_line(f'switchback: {warning}')}\n")
    return cluster_run.rehearse_on_cluster


def reported(config: Config, report_records: ReportRecords, rehearse: Rehearse) -> int:
    """Call ``rehearse`` with progress and log, then ``report_records``, and return its exit status.

    A stopped run is reported before its clean-up; leftovers and the path of the evidence log are printed at
    the end.
    """
    with open_log(config.evidence) as log, open_progress(config) as progress:
        statuses: list[int] = []

        def stopped(records: tuple[AnyRecord, ...]) -> None:
            progress.close()
            statuses.append(report_records(records))

        records = rehearse(config, progress, log, stopped=stopped)
        stop = next((record for record in records if isinstance(record, RunStopped)), None)
        if stop is not None:
            place = config.evidence or _saved(log, records)
            if not statuses:
                # Only a shard on a cluster has stopped.
                stopped(records)
            print_text(sys.stderr, "\n".join(map(safe_line, _closing(stop, records, place))))
            return statuses[0]
    status = report_records(records)
    failed = dict.fromkeys(
        f"switchback: {record.database}: {record.reason}"
        for record in records
        if isinstance(record, DatabaseBroken)
    )
    if failed:
        print_text(sys.stderr, "\n".join(map(safe_line, failed)))
    return status


def _closing(stop: RunStopped, records: tuple[AnyRecord, ...], log: Path | None) -> Iterator[str]:
    for record in records:
        if isinstance(record, NotCleanedUp):
            yield f"switchback: {record.name} could not be removed: {record.reason}; run: {record.command}"
    again = "" if log is None else f"; its evidence: switchback report {shlex.quote(str(log))}"
    yield f"switchback: {stop.reason}{again}"


def _saved(log: Path, records: tuple[AnyRecord, ...]) -> Path | None:
    """Copy the log of a stopped run to a file that later runs keep; ``None`` if it holds no results."""
    if not any(isinstance(record, DatabaseStarted) for record in records):
        return None
    run = next((record.id for record in records if isinstance(record, RunStarted)), "")
    place = Path(tempfile.gettempdir(), f"switchback-{run}.jsonl")
    place.touch(mode=0o600)
    shutil.copyfile(log, place)
    return place


def report(
    logs: tuple[Path, ...],
    flags: Mapping[str, Any],
    *,
    verbose: bool,
    baseline: Path | None = None,
    written_baseline: Path | None = None,
    fail_on: str | None = None,
) -> int:
    """Report from logs, and return the exit status of their run.

    ``baseline`` and ``fail_on`` count instead of theirs.
    """
    check_writable(written_baseline)
    same = baseline is not None and baseline == written_baseline and not baseline.exists()
    known = None if baseline is None or same else read_baseline(baseline)
    severity = None if fail_on is None else OPTIONS["fail-on"].kind.parse(fail_on, "--fail-on")
    files = report_files(flags, Path.cwd())
    records = tuple(_failing_on(record, severity) for log in logs for record in evidence.read(log))
    for record in records:
        if isinstance(record, RunStarted) and record.check != "migrations":
            raise NotARehearsal(record.check)
    refuse_unmergeable(records)
    found = judge_and_write(records, known, written_baseline)
    return _report(found, files, verbose=verbose, quiet=False)


def _failing_on(record: AnyRecord, fail_on: FailOn | None) -> AnyRecord:
    if fail_on is None or not isinstance(record, RunStarted):
        return record
    return msgspec.structs.replace(record, fail_on=fail_on)


def rules(name: str | None) -> int:
    """Print the page of a rule, or the list of all rules."""
    from django_switchback.report.rules_page import rule_page

    print_text(sys.stdout, rule_page(name))
    return 0


@contextmanager
def open_log(kept: Path | None) -> Iterator[Path]:
    """Create an empty log at ``kept``, or a temporary one that is removed at the end."""
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
    """Open the progress display for the terminal and the options; close it at the end."""
    terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    progress = progress_for(sys.stderr, verbose=config.verbose, quiet=config.quiet, terminal=terminal)
    try:
        yield progress
    finally:
        progress.close()


def _report(found: Report, files: Mapping[str, Path], *, verbose: bool, quiet: bool) -> int:
    from django_switchback.report.formats import terminal

    refused = []
    for name, path in files.items():
        # The other reports are written even if one cannot be.
        try:
            write_file(path, renderer(name)(found))
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
        # Standard output holds only the machine-readable report.
        color = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        print_if_possible(sys.stderr, terminal.render(found, width=width, color=color, verbose=verbose))
    if refused:
        raise refused[0]
    return exit_status(found)


def write_file(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` or, for :data:`STDOUT`, to standard output. Raises :class:`Unwritable`."""
    if path == STDOUT:
        print_text(sys.stdout, text)
        return
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise Unwritable(str(path), error.strerror or str(error)) from error


def print_text(stream: TextIO, text: str) -> None:
    """Print ``text``, escaping what the encoding lacks; a closed pipe is not an error.

    Raises :class:`Unwritable`.
    """
    try:
        standard_streams.print_text(stream, text)
    except OSError as error:
        raise Unwritable("standard output", error.strerror or str(error)) from error
