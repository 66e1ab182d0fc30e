"""Who does what, and what is left of it when a worker dies."""

from __future__ import annotations

import pytest

from django_switchback.evidence import (
    Direction,
    MigrationName,
    Operation,
    Phase,
    ProjectDescribed,
    StepStarted,
)
from django_switchback.project.plan import (
    BACKUP_PARTS,
    MAX_CHECKPOINTS,
    MAX_GAP_MIGRATIONS,
    MAX_TARGETS_PER_PART,
    TIMING_PARTS,
    Part,
    part_without,
    plan_parts,
)

from .graphs import fact, name, project

ONE, TWO, THREE = map(name, ("blog.0001_one", "blog.0002_two", "blog.0003_three"))
PROJECT = project(
    *(fact(str(migration)) for migration in (ONE, TWO, THREE)), fact("auth.0001_initial", first_party=False)
)


def part(kind: str) -> Part:
    """Return the part of ``kind`` of a project with three targets."""
    scratch, cycles = plan_parts(PROJECT, "sqlite", (ONE, TWO, THREE))
    return scratch if kind == "scratch" else cycles


def died(written: str, phase: Phase, direction: Direction) -> StepStarted:
    """Return the step that took a worker with it."""
    return StepStarted(
        database="sqlite", part="any", migration=name(written), phase=phase, direction=direction
    )


def test_one_part_goes_to_head_and_one_takes_the_cycles() -> None:
    """Both know all targets and which apps are the project's own."""
    scratch, cycles = plan_parts(PROJECT, "sqlite", (ONE, TWO))
    assert (scratch.kind, cycles.kind) == ("scratch", "cycles")
    assert scratch.targets == cycles.targets == (ONE, TWO)
    assert scratch.checkpoints == (ONE,)
    assert scratch.first_party == ("blog",)
    assert (scratch.steps, cycles.steps) == (4, 6)


def chain(*lengths: int) -> tuple[ProjectDescribed, tuple[MigrationName, ...]]:
    """Return a project of targets, with others between them, in turns of these ``lengths``, and those."""
    names: list[MigrationName] = []
    targets: list[MigrationName] = []
    for turn, length in enumerate(lengths):
        found = [name(f"blog.{len(names) + at:04}_n") for at in range(length)]
        names += found
        targets += found if turn % 2 == 0 else []
    return project(*(fact(str(migration)) for migration in names)), tuple(targets)


def test_targets_that_are_far_from_each_other_are_cycled_apart() -> None:
    """Each share begins at a copy that the way to head leaves; what is near is passed over."""
    described, targets = chain(5, MAX_GAP_MIGRATIONS, 5, MAX_GAP_MIGRATIONS - 1, 5)
    scratch, *cycles = plan_parts(described, "sqlite", targets)
    first, second = sorted(cycles, key=lambda item: item.name)
    assert (first.name, second.name) == ("cycles-1", "cycles-2")
    assert (first.targets, second.targets) == (targets[:5], targets[5:])
    assert scratch.targets == targets
    assert scratch.checkpoints == (targets[0], targets[5])
    assert first.checkpoints == second.checkpoints == ()


def test_shares_are_in_the_order_of_the_plan() -> None:
    """Whatever the order in which targets were named."""
    described, targets = chain(2, MAX_GAP_MIGRATIONS, 2)
    assert plan_parts(described, "sqlite", targets[::-1])[1:] == plan_parts(described, "sqlite", targets)[1:]


@pytest.mark.parametrize(
    ("operation", "first"),
    [
        (Operation("AddIndex", "", reversible=True), "cycles-1"),
        (Operation("AlterField", "", reversible=True), "cycles-2"),
        (Operation("RemoveField", "", reversible=True, destructive=True), "cycles-2"),
    ],
)
def test_what_takes_longest_is_begun_first(operation: Operation, first: str) -> None:
    """More targets take longer, and so does one that may fail with rows, or lose some."""
    described, targets = chain(3, MAX_GAP_MIGRATIONS, 2)
    facts = [
        fact(str(migration.id), operations=(operation,) * (migration.id in targets[3:]))
        for migration in described.migrations
    ]
    cycles = plan_parts(project(*facts), "sqlite", targets)[1:]
    assert [cycles[0].name, len(cycles)] == [first, 2]
    assert [cycle.name for cycle in sorted(cycles, key=lambda item: targets.index(item.targets[0]))] == [
        "cycles-1",
        "cycles-2",
    ]


def test_many_targets_are_cut() -> None:
    """Each target once, in order, in shares of about one size; of very many, each is larger."""
    described, targets = chain(2 * MAX_TARGETS_PER_PART + 1)
    shares = [item.targets for item in plan_parts(described, "sqlite", targets)[1:]]
    assert [target for share in shares for target in share] == list(targets)
    assert [len(share) for share in shares] == [7, 7, 7]
    described, targets = chain(MAX_TARGETS_PER_PART * MAX_CHECKPOINTS * 3)
    assert [len(item.targets) for item in plan_parts(described, "sqlite", targets)[1:]] == [
        3 * MAX_TARGETS_PER_PART
    ] * MAX_CHECKPOINTS


def test_what_is_timed_is_not_shared_out() -> None:
    """One worker takes all of it, and nobody leaves a copy for it."""
    described, targets = chain(5, MAX_GAP_MIGRATIONS, MAX_TARGETS_PER_PART + 1)
    assert [(item.name, item.targets) for item in plan_parts(described, "sqlite", targets, TIMING_PARTS)] == [
        ("cycles", targets)
    ]
    (backup,) = plan_parts(described, "sqlite", targets, BACKUP_PARTS)
    assert backup.checkpoints == ()


def test_without_targets_head_is_still_reached() -> None:
    """A project in which nothing changed is still migrated from nothing and checked."""
    assert [item.kind for item in plan_parts(PROJECT, "sqlite", ())] == ["scratch"]


def test_an_app_that_was_named_counts_as_ones_own() -> None:
    """Drift in an app that ``--app`` names is not passed over as somebody else's."""
    target = name("auth.0001_initial")
    assert plan_parts(PROJECT, "sqlite", (target,))[0].first_party == ("auth", "blog")


def test_a_death_in_a_rollback_costs_that_target() -> None:
    """The targets after it are left; it is applied again but not rolled back."""
    left = part_without(part("cycles"), died("blog.0001_one", "cycle", "rollback"))
    assert left is not None
    assert left.targets == (TWO, THREE)
    assert left.not_rolled_back == (ONE,)
    assert left.unappliable == ()


def test_a_death_in_going_forward_makes_it_unappliable() -> None:
    """It would take the next worker with it as well."""
    left = part_without(part("cycles"), died("blog.0002_two", "cycle", "forward"))
    assert left is not None
    assert left.targets == (THREE,)
    assert left.unappliable == (TWO,)


def test_nothing_is_left_after_the_last_target() -> None:
    """A death in the last cycle ends the part."""
    assert part_without(part("cycles"), died("blog.0003_three", "cycle", "reapply")) is None


def test_a_death_outside_the_targets_keeps_them_all() -> None:
    """A migration on the way is passed over with what needs it; the targets stay targets."""
    left = part_without(part("cycles"), died("auth.0001_initial", "cycle", "forward"))
    assert left is not None
    assert left.targets == (ONE, TWO, THREE)
    assert left.unappliable == (name("auth.0001_initial"),)


@pytest.mark.parametrize(
    ("phase", "direction", "unappliable", "not_rolled_back", "already_recorded"),
    [
        ("scratch", "forward", (ONE,), (), False),
        ("unwind", "rollback", (), (ONE,), True),
        ("unwind", "reapply", (), (ONE,), True),
        ("cycle", "rollback", (), (ONE,), False),
    ],
)
def test_a_death_on_the_way_to_head_or_back(
    phase: Phase, direction: Direction, unappliable: object, not_rolled_back: object, already_recorded: bool
) -> None:
    """To head again without it; or, once head was on record, to head unrecorded and the unwind without it."""
    left = part_without(part("scratch"), died("blog.0001_one", phase, direction))
    assert left is not None
    assert (left.unappliable, left.not_rolled_back, left.already_recorded) == (
        unappliable,
        not_rolled_back,
        already_recorded,
    )
    assert left.targets == (ONE, TWO, THREE)
    # Copies that were left before head was on record are there still.
    assert left.checkpoints == (() if already_recorded else (ONE,))
