"""The campaign: each fault against the real program; see ``docs/reliability.md``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from . import foreign, hostile, inputs, kills, secrecy, servers, streams
from .case import SECRET_KEY, Case, Place, Seen, nothing
from .expectations import broken_promises
from .running import run
from .table import Line

GROUPS = {
    "kills": kills.CASES,
    "servers": servers.CASES,
    "hostile": hostile.CASES,
    "streams": streams.CASES,
    "inputs": inputs.CASES,
    "foreign": foreign.CASES,
    "secrets": secrecy.CASES,
}


@pytest.mark.faults
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("group", "case"),
    [
        pytest.param(group, case, id=f"{group}: {case.name}")
        for group, cases in GROUPS.items()
        for case in cases
    ],
)
def test_fault(group: str, case: Case, record_property: Callable[[str, object], None]) -> None:
    """The exit status, the report and what is left are as promised, whatever befalls a run."""
    seen = run(case)
    broken = list(broken_promises(case, seen))
    record_property("fault", Line.of(group, case, seen, broken).encoded())
    assert not broken, "\n".join(broken)


def test_campaign_is_large_enough() -> None:
    """There are at least 80 faults, and no two of one name."""
    names = [case.name for cases in GROUPS.values() for case in cases]
    assert len(names) >= 80
    assert len(set(names)) == len(names)


def test_a_secret_in_a_file_is_seen() -> None:
    """What the campaign goes by is not blind: a secret in a report breaks a promise of every case."""
    case = Case(name="any", project=nothing, reports=False)
    place = Place(Path("/nowhere"), "token")
    seen = Seen(place=place, pid=0, status=0, out="", err="", report={}, records=(), seconds=0.0)
    assert list(broken_promises(case, seen)) == []
    told = replace(seen, files={"report.json": f"it is {SECRET_KEY}"})
    assert list(broken_promises(case, told)) == ["a secret is told in report.json"]
