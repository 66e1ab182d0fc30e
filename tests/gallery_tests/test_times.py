"""Every second of a worker belongs to a record."""

from __future__ import annotations

from pathlib import Path

from django_switchback import evidence
from django_switchback.evidence import PartFinished, TimeSpent
from gallery_tests.cases import CASES
from gallery_tests.rehearsal import evidence_log

MIN_SHARE = 0.95


def test_nearly_all_time_of_a_run_is_accounted_for(shared: Path) -> None:
    """The rest is forking and the records themselves; no moment is counted twice."""
    records = evidence.read(evidence_log(CASES[0].group, shared))
    parts = [record for record in records if isinstance(record, PartFinished)]
    assert parts
    spent = [record for record in records if isinstance(record, TimeSpent)]
    share = sum(record.seconds for record in spent) / sum(part.seconds for part in parts)
    assert MIN_SHARE <= share <= 1
    assert {"from nothing", "way to targets", "cycle", "unwind"} <= {record.phase for record in spent}
    assert any(record.migration is not None for record in spent if record.phase == "cycle")
