"""Parts of the plan are divided among shards: each once, by their work, on every machine alike."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from django_switchback.evidence import (
    AnyRecord,
    MigrationName,
    PartFinished,
    ProjectDescribed,
    RunStarted,
    ScratchFinished,
    StepFinished,
)
from django_switchback.project.plan import MAX_GAP_MIGRATIONS, plan_parts
from django_switchback.project.shards import ShardLoads, Unit, durations_of, own_parts, units_of

from .graphs import fact, name, project

WEIGHTS = st.floats(0.001, 1_000, allow_nan=False)
UNITS = st.lists(
    st.tuples(st.sampled_from(["postgresql-18", "sqlite"]), WEIGHTS, WEIGHTS), min_size=1, max_size=24
)


def units(drawn: list[tuple[str, float, float]]) -> dict[str, list[Unit]]:
    """Return units of these databases, weights and leads, by database."""
    found: dict[str, list[Unit]] = {}
    for number, (database, weight, lead) in enumerate(drawn):
        found.setdefault(database, []).append(Unit(database, f"cycles-{number}", weight, lead))
    return found


def assigned(by_database: dict[str, list[Unit]], total: int) -> dict[tuple[str, str], int]:
    """Return the shard of each unit."""
    loads = ShardLoads(total)
    return {
        (database, part): shard
        for database in sorted(by_database)
        for part, shard in loads.assign(by_database[database]).items()
    }


@given(UNITS, st.integers(1, 9))
def test_each_unit_is_in_exactly_one_shard(drawn: list[tuple[str, float, float]], total: int) -> None:
    """None is lost or doubled, and none goes to a shard that does not exist."""
    found = assigned(units(drawn), total)
    assert len(found) == len(drawn)
    assert set(found.values()) <= set(range(1, total + 1))


@given(UNITS, st.integers(1, 9))
def test_no_shard_is_empty_where_there_are_enough_units(
    drawn: list[tuple[str, float, float]], total: int
) -> None:
    """As many shards have something to do as there can be, over all databases together."""
    found = assigned(units(drawn), total)
    assert len(set(found.values())) == min(total, len(drawn))


@given(UNITS, st.integers(1, 9), st.randoms(use_true_random=False))
def test_the_order_of_units_makes_no_difference(
    drawn: list[tuple[str, float, float]], total: int, random: Random
) -> None:
    """Every machine finds the same shards, in whatever order it lists the parts."""
    by_database = units(drawn)
    shuffled = {database: list(found) for database, found in by_database.items()}
    for found in shuffled.values():
        random.shuffle(found)
    assert assigned(shuffled, total) == assigned(by_database, total)


@given(st.lists(WEIGHTS, min_size=1, max_size=24), st.integers(1, 9))
def test_the_fullest_shard_is_near_the_best_division(weights: list[float], total: int) -> None:
    """Without leads, the greedy assignment takes at most 4/3 of the best one (Graham 1969)."""
    found = [Unit("sqlite", str(number), weight, 0.0) for number, weight in enumerate(weights)]
    shards = ShardLoads(total).assign(found)
    loads = [sum(unit.weight for unit in found if shards[unit.name] == shard) for shard in shards.values()]
    least = max(*weights, sum(weights) / total, 0.0)
    heavy = sorted(weights, reverse=True)
    if len(heavy) > total:
        least = max(least, heavy[total - 1] + heavy[total])
    assert max(loads) <= least * 4 / 3 + 1e-6


def test_a_lead_is_paid_once() -> None:
    """Two parts that are both far from the beginning are better off in one shard than in two."""
    far = [Unit("sqlite", f"far-{number}", 1.0, 100.0) for number in range(2)]
    near = [Unit("sqlite", f"near-{number}", 60.0 + 20.0 * number, 1.0) for number in range(2)]
    shards = ShardLoads(2).assign([*far, *near])
    assert shards["near-0"] != shards["near-1"]
    assert shards["far-0"] == shards["far-1"]


def long_chain() -> tuple[ProjectDescribed, tuple[MigrationName, ...]]:
    """Return a project with three groups of targets that are far from each other."""
    names = [name(f"blog.{number:04}_n") for number in range(3 * (MAX_GAP_MIGRATIONS + 2))]
    targets = tuple(names[at] for at in (0, 1, MAX_GAP_MIGRATIONS + 3, len(names) - 1))
    return project(*(fact(str(item)) for item in names)), targets


def test_cycles_of_a_shard_start_at_checkpoints_of_its_own() -> None:
    """A shard without the scratch run migrates to its last target and saves checkpoints, once."""
    described, targets = long_chain()
    parts = plan_parts(described, "sqlite", targets)
    numbers = {"scratch": 1, "cycles-1": 2, "cycles-2": 3, "cycles-3": 2}
    first = own_parts(parts, numbers, 1)
    assert [(part.name, part.checkpoints) for part in first] == [("scratch", ())]
    lead, *cycles = own_parts(parts, numbers, 2)
    assert (lead.kind, lead.name) == ("checkpoints", "checkpoints")
    assert lead.targets == (*targets[:2], targets[3])
    assert lead.checkpoints == (targets[0], targets[2], targets[3])
    assert {part.name for part in cycles} == {"cycles-1", "cycles-3"}
    assert own_parts(parts, numbers, 4) == ()


def test_one_shard_of_one_is_the_whole_plan() -> None:
    """With the scratch run in the same shard, nothing is different from a run without shards."""
    described, targets = long_chain()
    parts = plan_parts(described, "sqlite", targets)
    assert own_parts(parts, dict.fromkeys((part.name for part in parts), 1), 1) == parts


def log(target: MigrationName, seconds: float) -> tuple[AnyRecord, ...]:
    """Return the log of a run whose cycle of ``target`` took so long."""
    step = StepFinished(
        database="sqlite",
        part="cycles-2",
        migration=target,
        phase="cycle",
        direction="forward",
        rows="none",
        outcome="ok",
        seconds=0.0,
    )
    return (
        RunStarted("a", 0, "2026-11-01", "p", "s", "0.1"),
        ScratchFinished(part="scratch", database="sqlite", seconds=2.0, migrations=4),
        PartFinished("sqlite", "scratch", 7.0, 0),
        step,
        PartFinished("sqlite", "cycles-2", seconds, 0),
    )


def test_an_earlier_run_tells_how_long_parts_take() -> None:
    """Its seconds are the weights; what it did not rehearse is estimated in proportion."""
    described, targets = long_chain()
    parts = plan_parts(described, "sqlite", targets)
    durations = durations_of([log(targets[2], 9.0)])
    assert durations == {
        ("sqlite", "migration"): 0.5,
        ("sqlite", "scratch"): 5.0,
        ("sqlite", str(targets[2])): 9.0,
    }
    found = {unit.name: unit for unit in units_of(described, parts, durations)}
    assert (found["scratch"].weight, found["cycles-2"].weight) == (5.0, 9.0)
    # Of the planned weights 4 (four targets to unwind) and 1, 14 seconds were seen.
    assert found["cycles-3"].weight == 14 / 5
    assert found["cycles-1"].lead == 0.5 * 2
    assert units_of(described, parts, {})[0].weight == 4.0
