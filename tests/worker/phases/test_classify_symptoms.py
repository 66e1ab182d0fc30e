"""Rows that are left behind need the rows with which a trial leaves them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from django_switchback.worker.minimise.row_kinds import ROW_KINDS, SymptomKey
from django_switchback.worker.phases import classify_symptoms

RESTORED: SymptomKey = ("restored", "rollback")
LOST, LEFT, FAILED = "lost", "lost and left", "failed"


@pytest.mark.parametrize(
    ("typical", "edge", "new", "minimal"),
    [
        (LOST, LOST, LEFT, "new"),
        (LOST, LEFT, LEFT, "edge"),
        (LEFT, LEFT, LEFT, None),
        (LOST, LOST, FAILED, "new"),
        (FAILED, LOST, FAILED, None),
    ],
    ids=["with new rows", "with edge rows", "with those that lose", "new ones fail", "nothing is shown"],
)
def test_rows_with_which_rows_are_left(
    monkeypatch: pytest.MonkeyPatch, typical: str, edge: str, new: str, minimal: str | None
) -> None:
    """If typical rows lose values and leave none, and new ones fail before that, all rows are needed."""
    outcomes = {"typical": typical, "edge": edge, "new": new}
    monkeypatch.setattr(classify_symptoms, "_leaves_rows", lambda seen: seen == LEFT)
    fake: Any = SimpleNamespace(
        _seen=LEFT,
        _shows=lambda rows: () if outcomes[rows] == FAILED else (RESTORED,),
        trials=SimpleNamespace(get=lambda rows: (None, outcomes[rows])),
    )
    found = classify_symptoms._RowKindSearch._minimal_left(fake, RESTORED, "typical", ROW_KINDS)
    assert found == minimal
