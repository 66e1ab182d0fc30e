"""Judge by a baseline, and write one from what was found."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from django_switchback.config.config import Config
from django_switchback.config.kinds import BadValue
from django_switchback.errors import SwitchbackError
from django_switchback.evidence import (
    AnyRecord,
    KnownFinding,
    UnreadableBaseline,
    read_baseline,
    write_baseline,
)
from django_switchback.standard_streams import print_if_possible
from django_switchback.untrusted_text import safe_line
from django_switchback.verdict.baseline import known_findings
from django_switchback.verdict.interface import Report
from django_switchback.verdict.run_verdict import judge


class UnwritableBaseline(SwitchbackError):
    """Reports a baseline that cannot be written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write the baseline {path}: {reason}")


def check_writable(path: Path | None) -> None:
    """Raise :class:`BadValue` if no file can be at ``path``: a run takes minutes."""
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise BadValue("--write-baseline", str(path), "a file in a folder that exists")


def replacing(config: Config, written: Path | None) -> Config:
    """Return ``config`` without a baseline that is missing or cannot be read, if the run writes it anew."""
    if config.baseline is None or written is None or config.baseline.resolve() != written.resolve():
        return config
    try:
        read_baseline(config.baseline)
    except UnreadableBaseline:
        return msgspec.structs.replace(config, baseline=None)
    return config


def judge_and_write(
    records: tuple[AnyRecord, ...],
    known: tuple[KnownFinding, ...] | None,
    written: Path | None,
    *,
    own_shard: bool = False,
) -> Report:
    """Judge ``records`` by the baseline ``known``, or by the one that is written to ``written``.

    What the old baseline holds of migrations and engines that were not rehearsed stays in the new one. A run
    that did not finish writes none. ``own_shard``: see :func:`judge`. Raises :class:`UnwritableBaseline`.
    """
    report = judge(records, known, own_shard=own_shard)
    if written is None:
        return report
    if report.verdict == "error" or report.stopped is not None:
        text = f"switchback: {written} was not written, since the run did not finish"
        print_if_possible(sys.stderr, f"{safe_line(text)}\n")
        return report
    entries = _entries(report)
    try:
        write_baseline(written, entries)
    except OSError as error:
        raise UnwritableBaseline(written, error.strerror or str(error)) from error
    return judge(records, entries)


def _entries(report: Report) -> tuple[KnownFinding, ...]:
    found = known_findings(report.databases, report.migrations)
    causes = {entry.cause for entry in (*found, *report.not_found)}
    return found + tuple(entry for entry in report.baseline or () if entry.cause not in causes)
