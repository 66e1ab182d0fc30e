"""Shards are merged to the verdict of one run, or refused; none passes by itself."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import chain
from typing import Any

import msgspec
import pytest
from rules.builders import (
    DATABASE,
    FIRST,
    RAISED,
    TARGET,
    compared,
    covered,
    database,
    fact,
    from_nothing,
    new_code,
    old_code,
    project,
    started,
    step,
)

from django_switchback.evidence import (
    AnyRecord,
    DatabaseBroken,
    DatabaseStarted,
    Difference,
    ProjectDescribed,
    RunFinished,
    RunStarted,
    RunStopped,
    ScratchFinished,
    Shard,
    ShardPlanned,
    StepFinished,
)
from django_switchback.project.shards import ShardLoads, Unit
from django_switchback.report.formats.json import render
from django_switchback.verdict.interface import exit_status
from django_switchback.verdict.run_verdict import judge
from django_switchback.verdict.shards import UnmergeableShards, refuse_unmergeable

PARTS = {"scratch": 1, "cycles": 2}
SCRATCH: tuple[AnyRecord, ...] = (
    from_nothing(part="scratch"),
    ScratchFinished(DATABASE, 1.25, 2, part="scratch"),
    step("rollback", "unwind", part="scratch"),
    step("reapply", "unwind", part="scratch"),
    compared("reapplied", phase="unwind", part="scratch"),
)
CYCLE: tuple[AnyRecord, ...] = (
    step("forward", rows="edge"),
    step("rollback"),
    step("reapply"),
    compared("restored"),
    compared("reapplied"),
    *new_code(),
    *old_code(),
    covered(new_code=("blog_post",)),
)
LEFT = Difference("index", "post_slug", "extra", "blog_post")
LEAVES: tuple[AnyRecord, ...] = tuple(
    compared("restored", schema=(LEFT,)) if record == compared("restored") else record for record in CYCLE
)


def planned(number: int, total: int = 3, **changes: Any) -> ShardPlanned:
    """Return the plan of a shard: the first has the unwind, the second the cycle, the third nothing."""
    values: dict[str, Any] = {
        "cycles": (TARGET,) if number == 2 else (),
        "unwinds": number == 1,
        "weight": {1: 2.0, 2: 6.0}.get(number, 0.0),
        "total_weight": 8.0,
    }
    return ShardPlanned(DATABASE, Shard(number, total), PARTS, {"--rows": ""}, **(values | changes))


def shard(number: int, *records: AnyRecord, total: int = 3) -> tuple[AnyRecord, ...]:
    """Return the log of one of three shards; the first has the unwind, the second the cycle."""
    own = records or {1: SCRATCH, 2: CYCLE}.get(number, ())
    return (
        started(id=f"r{number}", shard=Shard(number, total)),
        project(),
        database(),
        planned(number, total),
        *own,
        RunFinished(number),
    )


ALL = (shard(1), shard(2), shard(3))


def merged(*logs: tuple[AnyRecord, ...]) -> tuple[AnyRecord, ...]:
    """Return the records of several logs."""
    return tuple(chain.from_iterable(logs))


@pytest.mark.parametrize("seed", range(6))
def test_all_shards_together_pass(seed: int) -> None:
    """In whatever order their logs are given, the report is the same."""
    logs = list(ALL)
    random.Random(seed).shuffle(logs)
    refuse_unmergeable(merged(*logs))
    report = judge(merged(*logs))
    assert (report.verdict, report.reasons, exit_status(report)) == ("passed", (), 0)
    assert [(entry.id, entry.verdict) for entry in report.migrations] == [(TARGET, "passed")]
    assert [(entry.number, entry.share, entry.parts) for entry in report.shards] == [
        (1, 0.25, 1),
        (2, 0.75, 1),
        (3, 0.0, 0),
    ]
    assert report == judge(merged(*ALL))


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_a_missing_shard_is_an_error(missing: int) -> None:
    """Even one that had nothing to do: nobody can tell."""
    report = judge(merged(*(log for number, log in enumerate(ALL, 1) if number != missing)))
    assert (report.verdict, exit_status(report)) == ("error", 3)
    assert f"shard {missing}/3 of {DATABASE} is missing" in report.reasons
    assert "passed" not in {entry.verdict for entry in report.migrations} or missing == 3


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_shard_has_no_verdict_of_its_own(number: int) -> None:
    """Its run ends with 0 where nothing failed, says which shard it is, and calls nothing passed."""
    report = judge(shard(number), own_shard=True)
    assert (report.verdict, report.headline, exit_status(report)) == ("error", f"shard {number} of 3", 0)
    assert report.notices[0].startswith(f"This is shard {number} of 3: ")
    assert [entry.verdict for entry in report.migrations] == ([] if number == 3 else ["skipped"])
    assert '"passed"' not in render(report) or number == 1
    assert judge(shard(number)).reasons[-1].endswith("are missing")


def test_the_scratch_run_of_another_shard_is_not_called_passed() -> None:
    """A database that this shard did not migrate to head says so."""
    (entry,) = judge(shard(2), own_shard=True).databases
    assert entry.scratch.verdict == "skipped"


@pytest.mark.parametrize("own_shard", [True, False])
def test_a_failure_fails_the_shard_and_the_merged_run(own_shard: bool) -> None:
    """What one shard found fails its own run, and that of all."""
    failing = shard(2, *LEAVES)
    report = judge(failing, own_shard=True) if own_shard else judge(merged(ALL[0], failing, ALL[2]))
    assert (report.verdict, exit_status(report)) == ("failed", 1)
    assert [entry.verdict for entry in report.migrations] == ["failed"]
    assert report.headline == "failed"


def test_lacking_evidence_is_an_error_in_its_own_shard() -> None:
    """What belongs to this shard and is not there is missing, whatever others have."""
    report = judge(shard(2, *CYCLE[:2]), own_shard=True)
    assert (report.verdict, exit_status(report)) == ("error", 3)
    assert report.reasons == (f"{DATABASE}: 1 target without a verdict",)


def test_what_the_way_to_head_did_not_reach_is_in_part() -> None:
    """A target that another migration keeps from being applied is told by the shard that has its cycle."""
    (scratch,) = (record for record in SCRATCH if isinstance(record, ScratchFinished))
    failed = msgspec.structs.replace(scratch, failed=FIRST, failure=RAISED)
    report = judge(shard(1, failed), own_shard=True)
    assert (report.verdict, exit_status(report)) == ("failed", 1)
    assert [entry.verdict for entry in report.migrations] == ["skipped"]
    assert judge(merged(shard(1, failed), *ALL[1:])).verdict == "error"


def test_one_shard_of_one_is_the_whole_run() -> None:
    """It passes by itself."""
    plan = planned(1, 1, cycles=(TARGET,), unwinds=True)
    records = (started(shard=Shard(1, 1)), project(), database(), plan, *SCRATCH, *CYCLE, RunFinished(1))
    report = judge(records, own_shard=True)
    assert (report.verdict, report.part_of_run, exit_status(report)) == ("passed", "", 0)


def test_what_led_to_the_cycles_is_not_judged_twice() -> None:
    """A migration that fails on the way to the cycles of a shard is what the scratch run reports."""
    again = msgspec.structs.replace(from_nothing(), part="checkpoints", outcome="failed")
    assert isinstance(again, StepFinished)
    report = judge(merged(ALL[0], shard(2, again, *CYCLE), ALL[2]))
    assert report.verdict == "passed"


def test_a_shard_that_is_cut_short_is_an_error() -> None:
    """Its evidence may have ended anywhere."""
    report = judge(merged(ALL[0], ALL[1], shard(3)[:-1]))
    assert (report.verdict, exit_status(report)) == ("error", 3)
    assert "the log of shard 3/3 is cut short" in report.reasons


def test_a_shard_that_was_stopped_is_an_error() -> None:
    """So is one that was interrupted before it had a plan."""
    stopped = (started(shard=Shard(3, 3)), RunStopped("interrupted", 130, 1.0))
    report = judge(merged(ALL[0], ALL[1], stopped))
    assert (report.verdict, exit_status(report)) == ("error", 130)
    assert "shard 3/3 has no plan" in report.reasons


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_database_that_one_shard_could_not_start_is_an_error(number: int) -> None:
    """Its server failed on one machine alone, which divides the other database differently then."""
    other = "sqlite"
    units = {
        name: [Unit(name, "scratch", 1.0, 1.0), Unit(name, "cycles", 3.0, 1.0)] for name in (DATABASE, other)
    }
    broken, loads = ShardLoads(3), ShardLoads(3)
    loads.assign(units[DATABASE])
    divisions = {True: broken.assign(units[other]), False: loads.assign(units[other])}
    assert divisions[True] != divisions[False]
    logs = [
        (
            *((*log[:2], DatabaseBroken(DATABASE, "no space", "postgresql")) if at == number else log[:-1]),
            database(other, ()),
            msgspec.structs.replace(planned(at), database=other, parts=divisions[at == number]),
            log[-1],
        )
        for at, log in enumerate(ALL, 1)
    ]
    records = merged(*logs)
    refuse_unmergeable(records)
    report = judge(records)
    assert (report.verdict, exit_status(report)) == ("error", 3)
    assert f"shard {number}/3 has no plan for {DATABASE}" in report.reasons
    assert not any("differ" in reason for reason in report.reasons)


def test_shards_of_other_databases_are_sets_of_their_own() -> None:
    """A matrix of databases and shards has one set a database; each has to be complete."""
    other = "sqlite"
    logs = [
        tuple(
            msgspec.structs.replace(record, database=other)
            if isinstance(record, DatabaseStarted | ShardPlanned)
            else record
            for record in log
            if not hasattr(record, "migration")
        )
        for log in (shard(1), shard(2))
    ]
    report = judge(merged(*ALL, *logs))
    assert "shard 3/3 of sqlite is missing" in report.reasons
    assert not any(DATABASE in reason and "missing" in reason for reason in report.reasons)


def changed(kind: type, **values: Any) -> Callable[[AnyRecord], AnyRecord]:
    """Return what changes the records of one kind."""
    return lambda record: msgspec.structs.replace(record, **values) if isinstance(record, kind) else record


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (changed(RunStarted, seed=8), "--seed"),
        (changed(RunStarted, version="0.2.0"), "the version of Switchback"),
        (changed(RunStarted, fail_on="warning"), "--fail-on"),
        (changed(ProjectDescribed, django="6.0"), "the version of Django"),
        (changed(ProjectDescribed, migrations=(fact(FIRST, docstring="x"), fact())), "migrations"),
        (changed(DatabaseStarted, contents={str(TARGET): "0" * 12}), "the migrations"),
        (changed(DatabaseStarted, targets=(FIRST, TARGET)), "targets"),
        (changed(DatabaseStarted, version="18.7"), f"the version of {DATABASE}"),
        (changed(ShardPlanned, inputs={"--rows": "10"}), "--rows"),
        (changed(ShardPlanned, parts={"scratch": 2, "cycles": 3}), "the division of the plan"),
    ],
)
def test_shards_of_different_runs_are_refused(change: Callable[[AnyRecord], AnyRecord], named: str) -> None:
    """What differs is named, and no verdict of theirs is ``passed``."""
    records = merged(ALL[0], tuple(map(change, ALL[1])), ALL[2])
    with pytest.raises(UnmergeableShards, match=named):
        refuse_unmergeable(records)
    assert judge(records).verdict == "error"


@pytest.mark.parametrize("at", range(4))
def test_a_whole_run_beside_shards_of_its_database_is_refused(at: int) -> None:
    """Its evidence would fill what a shard lacks, and nothing shows that both are of one commit."""
    whole = (started(id="w", seed=8), project(), database(), *SCRATCH, *CYCLE, RunFinished(1))
    logs = [ALL[0], shard(2, *CYCLE[:2]), ALL[2]]
    records = merged(*logs[:at], whole, *logs[at:])
    with pytest.raises(UnmergeableShards, match=f"a run without --shard has {DATABASE} as well"):
        refuse_unmergeable(records)
    assert judge(records).verdict == "error"


def test_a_whole_run_of_another_database_is_merged() -> None:
    """A matrix may divide the work on one database alone."""
    sqlite = tuple(
        msgspec.structs.replace(record, database="sqlite") if hasattr(record, "database") else record
        for record in (*SCRATCH, *CYCLE)
    )
    whole = (started(id="w"), project(), database("sqlite"), *sqlite, RunFinished(1))
    records = merged(whole, *ALL)
    refuse_unmergeable(records)
    assert judge(records).verdict == "passed"


def test_another_number_of_shards_is_refused() -> None:
    """A shard of four has no place among three."""
    records = merged(ALL[0], ALL[1], shard(3, total=4))
    with pytest.raises(UnmergeableShards, match="the number of shards"):
        refuse_unmergeable(records)
    assert judge(records).verdict == "error"


def test_a_shard_that_is_given_twice_is_refused() -> None:
    """It would stand for one that is missing."""
    records = merged(ALL[0], ALL[1], ALL[1])
    with pytest.raises(UnmergeableShards, match="shard 2/3 is there more than once"):
        refuse_unmergeable(records)
    assert judge(records).verdict == "error"
