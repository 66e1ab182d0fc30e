"""Who does what, and what is left of it when a worker dies."""

from __future__ import annotations

import pytest

from django_switchback.evidence import Direction, Phase, StepStarted
from django_switchback.project.plan import MANY, TIMING, Part, parts, without

from .graphs import fact, name, project

ONE, TWO, THREE = map(name, ("blog.0001_one", "blog.0002_two", "blog.0003_three"))
PROJECT = project(
    *(fact(str(one)) for one in (ONE, TWO, THREE)), fact("auth.0001_initial", first_party=False)
)


def part(kind: str) -> Part:
    """Return the part of ``kind`` of a project with three targets."""
    scratch, cycles = parts(PROJECT, "sqlite", (ONE, TWO, THREE))
    return scratch if kind == "scratch" else cycles


def died(written: str, phase: Phase, direction: Direction) -> StepStarted:
    """Return the step that took a worker with it."""
    return StepStarted(
        database="sqlite", part="any", migration=name(written), phase=phase, direction=direction
    )


def test_one_part_goes_to_head_and_one_takes_the_cycles() -> None:
    """Both know all targets and which apps are the project's own."""
    scratch, cycles = parts(PROJECT, "sqlite", (ONE, TWO))
    assert (scratch.kind, cycles.kind) == ("scratch", "cycles")
    assert scratch.targets == cycles.targets == (ONE, TWO)
    assert scratch.first_party == ("blog",)
    assert (scratch.steps, cycles.steps) == (4, 6)


def test_many_targets_are_cycled_in_two() -> None:
    """Each target once, in order; the larger share is begun first. What is timed is not shared out."""
    targets = tuple(name(f"blog.{number:04}_n") for number in range(MANY))
    scratch, second, first = parts(PROJECT, "sqlite", targets)
    assert (second.name, first.name) == ("cycles-2", "cycles-1")
    assert first.targets + second.targets == scratch.targets == targets
    assert len(second.targets) > len(first.targets) > MANY // 4
    assert [one.name for one in parts(PROJECT, "sqlite", targets[1:])] == ["scratch", "cycles"]
    assert [one.targets for one in parts(PROJECT, "sqlite", targets, TIMING)] == [targets]


def test_without_targets_head_is_still_reached() -> None:
    """A project in which nothing changed is still migrated from nothing and checked."""
    assert [one.kind for one in parts(PROJECT, "sqlite", ())] == ["scratch"]


def test_an_app_that_was_named_counts_as_ones_own() -> None:
    """Drift in an app that ``--app`` names is not passed over as somebody else's."""
    target = name("auth.0001_initial")
    assert parts(PROJECT, "sqlite", (target,))[0].first_party == ("auth", "blog")


def test_a_death_in_a_rollback_costs_that_target() -> None:
    """The targets after it are left; it is applied again but not rolled back."""
    left = without(part("cycles"), died("blog.0001_one", "cycle", "rollback"))
    assert left is not None
    assert left.targets == (TWO, THREE)
    assert left.not_rolled_back == (ONE,)
    assert left.unappliable == ()


def test_a_death_in_going_forward_makes_it_unappliable() -> None:
    """It would take the next worker with it as well."""
    left = without(part("cycles"), died("blog.0002_two", "cycle", "forward"))
    assert left is not None
    assert left.targets == (THREE,)
    assert left.unappliable == (TWO,)


def test_nothing_is_left_after_the_last_target() -> None:
    """A death in the last cycle ends the part."""
    assert without(part("cycles"), died("blog.0003_three", "cycle", "reapply")) is None


def test_a_death_outside_the_targets_keeps_them_all() -> None:
    """A migration on the way is passed over with what needs it; the targets stay targets."""
    left = without(part("cycles"), died("auth.0001_initial", "cycle", "forward"))
    assert left is not None
    assert left.targets == (ONE, TWO, THREE)
    assert left.unappliable == (name("auth.0001_initial"),)


@pytest.mark.parametrize(
    ("phase", "direction", "unappliable", "not_rolled_back", "quiet"),
    [
        ("scratch", "forward", (ONE,), (), False),
        ("unwind", "rollback", (), (ONE,), True),
        ("unwind", "reapply", (), (ONE,), True),
    ],
)
def test_a_death_on_the_way_to_head_or_back(
    phase: Phase, direction: Direction, unappliable: object, not_rolled_back: object, quiet: bool
) -> None:
    """To head again without it; or, once head was on record, quietly there and the unwind without it."""
    left = without(part("scratch"), died("blog.0001_one", phase, direction))
    assert left is not None
    assert (left.unappliable, left.not_rolled_back, left.quiet) == (unappliable, not_rolled_back, quiet)
    assert left.targets == (ONE, TWO, THREE)
