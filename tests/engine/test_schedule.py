"""Who begins what, as soon as it can be begun."""

from __future__ import annotations

from django_switchback.engine.schedule import Schedule
from django_switchback.evidence import (
    CheckpointSaved,
    MigrationFact,
    MigrationName,
    ProjectDescribed,
    ScratchFinished,
    StepFinished,
    StepStarted,
)
from django_switchback.project.plan import MAX_GAP_MIGRATIONS, TIMING_PARTS, Part, plan_parts, repeated_part

NAMES = [MigrationName(app="blog", name=f"{number:04}_n") for number in range(MAX_GAP_MIGRATIONS + 4)]
TARGETS = (*NAMES[:2], *NAMES[-2:])
DESCRIBED = ProjectDescribed(
    alias="default",
    aliases=("default",),
    vendor="sqlite",
    django="5.2",
    python="3.11.7",
    migrations=tuple(MigrationFact(id=name, path="", first_party=True) for name in NAMES),
)


def planned() -> tuple[Schedule, tuple[Part, ...]]:
    """Return a schedule with the way to head and two shares of cycles, and those parts."""
    schedule = Schedule()
    plan = plan_parts(DESCRIBED, "sqlite", TARGETS)
    schedule.add(plan)
    return schedule, plan


def step(at: int) -> StepStarted:
    """Return the start of a step forward on the way to head."""
    return StepStarted(
        database="sqlite", part="any", migration=TARGETS[at], phase="scratch", direction="forward"
    )


def saved(at: int, database: str = "sqlite") -> CheckpointSaved:
    """Return what tells that there is a copy from before one of the targets."""
    return CheckpointSaved(database=database, migration=TARGETS[at])


def finished(at: int) -> StepFinished:
    """Return the end of the step forward of one of the targets on the way to head."""
    return StepFinished(
        database="sqlite",
        part="any",
        migration=TARGETS[at],
        phase="scratch",
        direction="forward",
        rows="none",
        outcome="ok",
        seconds=0.0,
    )


def test_cycles_wait_for_the_copy_that_they_begin_at() -> None:
    """The first ones can be begun when there is a copy from before their first target, and so on.

    That the way to head has come there is not enough.
    """
    schedule, (scratch, first, second) = planned()
    assert (schedule.take_next(), schedule.take_next()) == (scratch, None)
    schedule.observe(saved(1))
    schedule.observe(step(0))
    schedule.observe(saved(0, database="postgresql-18"))
    assert schedule.take_next() is None
    schedule.observe(saved(0))
    assert (schedule.take_next(), schedule.take_next()) == (first, None)
    assert not schedule.empty
    schedule.observe(saved(2))
    assert (schedule.take_next(), schedule.empty) == (second, True)


def test_the_most_recent_come_first_in_a_run_with_a_limit() -> None:
    """The share with the newest targets is begun first, and none before it while it has to be waited for."""
    schedule = Schedule(in_order=True)
    plan = plan_parts(DESCRIBED, "sqlite", TARGETS, newest_first=True)
    scratch, newest, oldest = plan
    assert newest.targets[-1] == TARGETS[-1]
    schedule.add(plan)
    schedule.observe(saved(0))
    assert (schedule.take_next(), schedule.take_next()) == (scratch, None)
    schedule.observe(saved(2))
    assert (schedule.take_next(), schedule.take_next()) == (newest, oldest)


def test_nobody_waits_for_what_does_not_come() -> None:
    """A target that could not be reached keeps nobody waiting, nor does a way to head that was given up."""
    schedule, (scratch, first, second) = planned()
    assert schedule.take_next() == scratch
    schedule.observe(ScratchFinished(database="sqlite", seconds=1.0, migrations=1))
    assert (schedule.take_next(), schedule.take_next()) == (first, second)
    schedule, (scratch, first, second) = planned()
    assert schedule.take_next() == scratch
    schedule.release_waiting("postgresql-18")
    assert schedule.take_next() is None
    schedule.release_waiting("sqlite")
    assert (schedule.take_next(), schedule.take_next()) == (first, second)


def test_what_nobody_goes_ahead_of_is_begun_at_once() -> None:
    """Where cycles are all there is, they find their own way."""
    schedule = Schedule()
    schedule.add(plan_parts(DESCRIBED, "sqlite", TARGETS, TIMING_PARTS))
    part = schedule.take_next()
    assert part is not None
    assert part.kind == "cycles"
    assert schedule.empty


def test_cycles_can_wait_for_all_of_their_targets() -> None:
    """Where what a target does to the server has to be known before, its share waits until it was applied."""
    schedule = Schedule(after_last=True)
    scratch, first, second = plan = plan_parts(DESCRIBED, "sqlite", TARGETS)
    schedule.add(plan)
    assert schedule.take_next() == scratch
    schedule.observe(saved(0))
    schedule.observe(finished(0))
    schedule.observe(saved(1))
    assert schedule.take_next() is None
    schedule.observe(finished(1))
    assert (schedule.take_next(), schedule.take_next()) == (first, None)
    schedule.observe(finished(3))
    assert schedule.take_next() == second


def test_repeats_are_run_alone_and_last() -> None:
    """A part that is repeated begins once no other part is queued or run, and nothing runs beside it."""
    schedule, plan = planned()
    schedule.release_waiting("sqlite")
    taken = [schedule.take_next() for _ in plan]
    repeats = [repeated_part(plan[0], ()), repeated_part(plan[1], plan[1].targets[:1])]
    for repeat in repeats:
        schedule.add_repeat(repeat)
    assert None not in taken
    for _ in plan:
        assert schedule.take_next() is None
        assert not schedule.empty
        schedule.finish()
    assert schedule.take_next() == repeats[0]
    assert schedule.take_next() is None
    schedule.finish()
    assert schedule.take_next() == repeats[1]
    assert schedule.empty


def test_a_repeat_tries_the_given_targets() -> None:
    """It has a name of its own, records all that it does, and is not repeated again."""
    _, plan = planned()
    assert repeated_part(plan[0], ()).targets == plan[0].targets
    again = repeated_part(plan[1], plan[1].targets[:1])
    assert (again.targets, again.repeat, again.already_recorded) == (plan[1].targets[:1], True, False)
    assert again.name not in {part.name for part in plan}
