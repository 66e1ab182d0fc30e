"""A worker's log survives what a migration does to the file, and whoever follows it notices nothing."""

from __future__ import annotations

import os
import threading
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


def add_150(log: EvidenceWriter) -> None:
    """Write 150 equal records."""
    for _ in range(150):
        log.add(RunFinished(seconds=-1.0))


def test_processes_that_write_at_the_same_time(tmp_path: Path) -> None:
    """Two forks and two threads write to one log: every record arrives once, and no line is torn."""
    file = tmp_path / "log.jsonl"
    log = EvidenceWriter(file)
    pids = []
    for writer in range(2):
        pid = os.fork()
        if pid == 0:
            for number in range(150):
                log.add(RunFinished(seconds=writer * 1000.0 + number))
            os._exit(0)
        pids.append(pid)
    threads = [threading.Thread(target=add_150, args=[log]) for _ in range(2)]
    for thread in threads:
        thread.start()
    seen, place = [], 0
    while any(thread.is_alive() for thread in threads) or pids:
        records, place = evidence.follow(file, place)
        seen += records
        pids = [pid for pid in pids if os.waitpid(pid, os.WNOHANG) == (0, 0)]
    records, place = evidence.follow(file, place)
    seen += records
    expected = [-1.0] * 300 + [1000.0 * writer + number for writer in range(2) for number in range(150)]
    assert sorted(record.seconds for record in seen if isinstance(record, RunFinished)) == sorted(expected)
    assert place == file.stat().st_size
