"""A run in shards finds what a run without them finds, in whatever order their logs are merged."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from django_switchback.evidence import AnyRecord, PartFinished, ShardPlanned
from django_switchback.verdict.interface import Report
from django_switchback.verdict.run_verdict import judge
from django_switchback.verdict.shards import refuse_unmergeable
from integration.findings.test_shares import DIES, FAILS, made
from integration.making import Ran, switchback
from integration.rehearsed import APPS, PROJECT, Rehearsal, Rehearsed

EXAMPLE = Path(__file__).parents[3] / "example"
NUMBERS = (1, 2, 3, 7)


def found(report: Report) -> dict[str, Any]:
    """Return what was found, without times and the order in which it was seen."""
    databases = {
        database.name: (
            database.scratch.verdict,
            database.scratch.migrations,
            database.reason,
            sorted(map(finding_of, database.findings)),
        )
        for database in report.databases
    }
    targets = {
        f"{entry.database} {entry.id}": (
            entry.verdict,
            entry.reason,
            entry.blocked_by,
            entry.coverage and (entry.coverage.tables, entry.coverage.seeded, entry.coverage.empty),
            sorted((step.phase, step.direction, step.outcome, step.rows) for step in entry.steps),
            sorted(map(finding_of, entry.findings)),
        )
        for entry in report.migrations
    }
    whole = (report.verdict, report.reasons, sorted(report.notices))
    return {"run": whole, **databases, **targets}


def finding_of(finding: Any) -> tuple[Any, ...]:
    """Return what a finding says, as something that can be sorted."""
    return finding.rule, finding.severity, finding.message, str(finding.confirmed), sorted(finding.phases)


def merged(runs: Sequence[Ran], seed: int) -> tuple[AnyRecord, ...]:
    """Return the records of the runs, their logs in a random order."""
    shuffled = random.Random(seed).sample(runs, len(runs))
    return tuple(record for ran in shuffled for record in ran.records)


def shards(folder: Path, total: int, *words: str, **how: Any) -> list[Ran]:
    """Rehearse each shard of so many, one after the other."""
    runs = [switchback(folder, *words, "--shard", f"{at}/{total}", **how) for at in range(1, total + 1)]
    assert all(ran.status in {0, 1} for ran in runs), [(ran.status, ran.err) for ran in runs]
    return runs


def check(whole: Ran | Rehearsal, runs: list[Ran]) -> None:
    """Assert that the shards together are the whole, and that none of several is it alone."""
    expected = found(judge(whole.records))
    for seed in range(3):
        records = merged(runs, seed)
        refuse_unmergeable(records)
        assert found(judge(records)) == expected
    if len(runs) > 1:
        assert all(ran.report["verdict"] in {"failed", "error"} for ran in runs)
        assert all("shard" in ran.out.splitlines()[1] for ran in runs)
        for missing in range(len(runs)):
            rest = tuple(record for ran in runs[:missing] + runs[missing + 1 :] for record in ran.records)
            assert judge(rest).verdict == "error"


@pytest.mark.parametrize("total", NUMBERS)
def test_the_demonstration_project(demonstration: Ran, tmp_path: Path, total: int) -> None:
    """Its shards find what one run finds; those with nothing to do say so."""
    runs = shards(in_folder(tmp_path), total, *TARGETS)
    check(demonstration, runs)
    planned = [record for ran in runs for record in ran.of(ShardPlanned)]
    parts = planned[0].parts
    idle = [ran for ran in runs if not ran.of(PartFinished)]
    assert len(idle) == max(0, total - len(parts))
    assert all("has nothing to do" in ran.err and ran.status == 0 for ran in idle)
    assert round(sum(record.weight for record in planned), 3) == round(planned[0].total_weight, 3)


TARGETS = ("--app", "core", "--app", "plant_identification", "--last", "1", "--jobs", "1")


def in_folder(folder: Path, project: Path = EXAMPLE) -> Path:
    """Return a link to ``project`` in ``folder``, beside which results are written."""
    link = folder / project.name
    link.symlink_to(project)
    return link


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Rehearse some targets of the demonstration project without shards."""
    return switchback(in_folder(tmp_path_factory.mktemp("whole")), *TARGETS)


@pytest.mark.parametrize("instead", [FAILS, DIES])
def test_a_migration_that_cannot_be_applied_on_the_way(tmp_path: Path, instead: str) -> None:
    """It is found once, by the shard that goes to head, and keeps the same targets from being rehearsed."""
    folder = made(tmp_path / "p", instead, at=6)
    check(switchback(folder, "--last", "2"), shards(folder, 3, "--last", "2"))


def test_a_death_in_one_shard_costs_what_it_costs_in_one_run(tmp_path: Path) -> None:
    """A rollback that takes the worker with it fails there, and nothing else does."""
    died = "migrations.RunPython(migrations.RunPython.noop, lambda apps, editor: __import__('os')._exit(3))"
    folder = made(tmp_path / "p", died, at=12)
    check(switchback(folder, "--last", "2"), shards(folder, 2, "--last", "2"))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("total", NUMBERS)
def test_wagtail(rehearsed: Rehearsed, tmp_path: Path, total: int) -> None:
    """Its 56 targets on PostgreSQL 18, the deploy window included."""
    words = [word for app in APPS for word in ("--app", app)]
    how: dict[str, Any] = {"databases": ["postgresql-18"], "options": (), "timeout": 900}
    check(rehearsed("postgresql-18"), shards(in_folder(tmp_path, PROJECT), total, *words, **how))
