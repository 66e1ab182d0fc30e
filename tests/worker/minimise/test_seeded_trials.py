"""When a trial without rows is spared."""

from __future__ import annotations

from typing import Any, cast

import pytest

from django_switchback.evidence import Comparison, RowDifference
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.minimise.seeded_trials import SeededTrials
from django_switchback.worker.snapshot.interface import TableRows

EMPTY = TableRows(("id",), ("id",), {})
START = Snapshot({}, {"empty": EMPTY, "full": EMPTY._replace(rows={("1",): {"id": "1"}})}, {}, {})
LOST = RowDifference(table="empty", lost=1)


def trials_of(start: Snapshot, **seen: Any) -> SeededTrials:
    """Return the trials of a cycle with this result."""
    context, unseeded = cast("PartContext", None), cast("UnseededSandbox", None)  # nothing is tried
    first = CycleResult(None, snapshots.EMPTY_SNAPSHOT)._replace(**seen)
    made = SeededTrials(context, ("shop", "0002"), unseeded, first, with_reapply=False, edge=True)
    made.start = start
    return made


@pytest.mark.parametrize(
    ("start", "seen", "spared"),
    [
        (START, {"rollback_difference": Comparison(rows=(LOST,))}, True),
        (START, {"rollback_difference": Comparison(), "reapply_difference": Comparison(rows=(LOST,))}, True),
        (START, {"rollback_difference": Comparison(rows=(LOST, RowDifference(table="full", lost=1)))}, False),
        (START, {"rollback_difference": Comparison(rows=(RowDifference(table="empty", added=1),))}, False),
        (START, {"rollback_difference": Comparison(rows=(RowDifference(table="elsewhere", lost=1),))}, False),
        (
            START,
            {"reapply_difference": Comparison(rows=(LOST, RowDifference(table="full", changed=1)))},
            False,
        ),
        (START, {"rollback_difference": Comparison(rows=(LOST,)), "failed": "reapply"}, False),
        (snapshots.EMPTY_SNAPSHOT, {"rollback_difference": Comparison(rows=(LOST,))}, False),
    ],
)
def test_what_takes_rows(start: Snapshot, seen: dict[str, object], spared: bool) -> None:
    """Values lost from tables that are empty without rows need no trial; whatever else showed does."""
    assert trials_of(start, **seen).take_rows is spared
