"""A worker's log survives what a migration does to the file, and whoever follows it notices nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from django_switchback import evidence
from django_switchback.evidence import RunFinished
from django_switchback.worker.process.log import EvidenceWriter


def truncated(log: Path) -> None:
    """Empty the file."""
    log.write_bytes(b"")


def cut(log: Path) -> None:
    """Leave half of the file."""
    log.write_bytes(log.read_bytes()[:30])


def soiled(log: Path) -> None:
    """Add what is no record."""
    with log.open("ab") as file:
        file.write(b"nonsense\n")


@pytest.mark.parametrize("act", [truncated, cut, soiled, Path.unlink])
def test_what_is_done_to_the_file(tmp_path: Path, act: Callable[[Path], None]) -> None:
    """Each record arrives once, those from before and those from after."""
    file = tmp_path / "log.jsonl"
    log = EvidenceWriter(file)
    log.add(RunFinished(seconds=1.0))
    first, place = evidence.follow(file, 0)
    log.add(RunFinished(seconds=2.0))
    act(file)
    seen, place = evidence.follow(file, place)
    log.add(RunFinished(seconds=3.0))
    rest, place = evidence.follow(file, place)
    assert [*first, *seen, *rest] == [RunFinished(seconds=float(number)) for number in (1, 2, 3)]
    assert place == file.stat().st_size


def test_what_a_forked_process_wrote(tmp_path: Path) -> None:
    """Records of another process that had the same log are kept."""
    file = tmp_path / "log.jsonl"
    log = EvidenceWriter(file)
    log.add(RunFinished(seconds=1.0))
    evidence.write(file, [RunFinished(seconds=2.0)])
    log.add(RunFinished(seconds=3.0))
    assert evidence.read(file) == tuple(RunFinished(seconds=float(number)) for number in (1, 2, 3))
