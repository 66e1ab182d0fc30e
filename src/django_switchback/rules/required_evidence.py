"""List the records that a pass needs, phase by phase: what each is called, and which of them are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, get_args

from django_switchback.evidence import (
    AnyRecord,
    BackupCompared,
    BackupStep,
    BelongsToServer,
    Classified,
    Confirmed,
    Covered,
    DatabaseBroken,
    DatabaseStarted,
    Direction,
    ModelsDrifted,
    NotCleanedUp,
    NotRun,
    OldCodeTried,
    PartFinished,
    Phase,
    ProjectDescribed,
    ProjectRefused,
    Reduced,
    Reducing,
    RunFinished,
    RunStarted,
    RunStopped,
    ScenarioRan,
    SchemaDrifted,
    ScratchFinished,
    Statement,
    StepFinished,
    StepStarted,
    SystemChecked,
    TouchedElsewhere,
)
from django_switchback.rules.interface import TargetEvidence
from django_switchback.rules.steps import (
    ComparedPoint,
    effective_direction,
    fails_with_edge_rows_only,
    rows_required_by_comparison,
)
from django_switchback.rules.wording import count

STATEMENTS: tuple[Statement, ...] = get_args(Statement)

OPTIONAL: dict[type[AnyRecord], str] = {
    RunStarted: "it is of the run, whose verdict is an error without it",
    RunStopped: "it says why a run has no end, and the verdict of such a run is an error",
    RunFinished: "it is of the run, whose verdict is an error without it",
    ProjectDescribed: "it names migrations; without it there would be no target, and none acknowledged",
    ProjectRefused: "it is there only where nothing could be rehearsed, and makes the run an error",
    DatabaseStarted: "it names the targets: what it does not name has no verdict",
    DatabaseBroken: "it says why something is missing, which is missed by itself, and makes the run an error",
    PartFinished: "it says that a worker is done; what that was to write is asked for record by record",
    ScratchFinished: "it is of the database, whose verdict is an error without it; steps tell of a target",
    ModelsDrifted: "it is there only where the database as a whole has a finding",
    SchemaDrifted: "it is of the database as a whole, which has a finding by it",
    SystemChecked: "it is of the database as a whole, which has a finding by it",
    BackupStep: "it is evidence of another check, which judges it",
    BackupCompared: "it is evidence of another check, which judges it",
    StepStarted: "it says that a step was begun: without its end there is no pass",
    Classified: "it says with how few rows a failure shows; without one there is nothing to classify",
    Reduced: "it shows the fewest rows that bring a failure out: an illustration of a finding",
    Reducing: "it says that the fewest rows are looked for, which comes after all evidence",
    Confirmed: "it says what plain Django did with a step that failed: it explains no missing evidence",
    NotCleanedUp: "it is of the server: all of the target's evidence was taken by then",
    TouchedElsewhere: "it is there only where something was reached for that is no sandbox, a finding",
    BelongsToServer: "it is there only where a step was refused, with what makes the target skipped",
    NotRun: "it is there only where the target was not rehearsed, and makes it skipped or an error",
}
"""Why a pass needs no record of a type that the proof does not ask for."""


class Requirement(NamedTuple):
    """What a pass needs: its ``name``, and the ``records`` that meet it, as many as are ``wanted``.

    It can be met once so many ``steps`` of the course went well. With a ``fault`` there are others that speak
    against it. What is ``late`` reaches the log after all steps: a worker that died does not come to it.
    """

    name: str
    records: tuple[AnyRecord, ...]
    steps: int
    wanted: int = 1
    fault: bool = False
    late: bool = False

    @property
    def met(self) -> bool:
        """Whether the records are there and no other one speaks against it."""
        return len(self.records) >= self.wanted and not self.fault


def requirements(target: TargetEvidence, phase: Phase, *, without_edge: bool) -> Iterator[Requirement]:
    """Yield what a pass needs of ``phase``, in its order: of the first course, or of the repeats of it."""
    of = _Course(target, phase, without_edge)
    match phase:
        case "scratch":
            yield of.step("forward", 0)
        case "cycle":
            yield from _cycle(of)
        case "unwind":
            yield of.step("rollback", 0)
            yield of.step("reapply", 1)
            yield of.comparison("reapplied", 2)
    if phase != "scratch":
        yield from of.operations()


class _Course(NamedTuple):
    """The evidence on one phase, with or without edge rows."""

    target: TargetEvidence
    phase: Phase
    without_edge: bool

    def step(self, direction: Direction, steps: int) -> Requirement:
        """Return the demand for a step that went well, but for what edge rows, or copies, made fail."""
        here = self.phase, direction, self.without_edge, False
        taken = [
            one
            for one in self.target.steps
            if (one.phase, effective_direction(one), one.without_edge, one.trial) == here
        ]
        well = tuple(one for one in taken if one.outcome == "ok")
        bad = any(one.outcome != "ok" and not fails_with_edge_rows_only(self.target, one) for one in taken)
        return Requirement(self.name(step_name(self.phase, direction)), well, steps, fault=bad)

    def comparison(self, moment: ComparedPoint, steps: int) -> Requirement:
        """Return the demand for a comparison; what differs in it is for the rules, unless only once."""
        here = self.phase, moment, self.without_edge, False
        made = tuple(
            one
            for one in self.target.comparisons
            if (one.phase, one.moment, one.without_edge, one.trial) == here
        )
        once = any(
            one.comparison.rows and not rows_required_by_comparison(self.target, one).again for one in made
        )
        name = f"the comparison after {'rolling back' if moment == 'restored' else 'applying again'}"
        name = name if self.phase == "cycle" else f"{name} from head"
        return Requirement(self.name(name), made, steps, fault=once, late=True)

    def operations(self) -> Iterator[Requirement]:
        """Yield the demand for what the data operations did in each step, if there are any."""
        if not any(operation.data for operation in self.target.fact.operations):
            return
        directions: tuple[Direction, ...] = ("rollback", "reapply")
        for direction in directions if self.phase == "unwind" else ("forward", *directions):
            here = self.phase, direction, self.without_edge
            ran = tuple(
                one for one in self.target.ran if (one.phase, one.direction, one.without_edge) == here
            )
            name = f"what the data operations did in {step_name(self.phase, direction)}"
            steps = ("forward", *directions).index(direction) + (self.phase == "cycle")
            yield Requirement(self.name(name), ran, steps, late=True)

    def name(self, what: str) -> str:
        """Return the name of something of this course."""
        return f"{what} without edge rows" if self.without_edge else what


def _cycle(of: _Course) -> Iterator[Requirement]:
    target, without_edge = of.target, of.without_edge
    covered = tuple(coverage for coverage in target.coverages if coverage.without_edge == without_edge)[-1:]
    yield Requirement(of.name("which tables had rows"), covered, 0, late=True)
    ran = tuple(scenario for scenario in target.scenarios if scenario.without_edge == without_edge)
    yield from _scenarios(covered, ran, "before", 0)
    yield of.step("forward", 0)
    yield from _scenarios(covered, ran, "after", 1)
    yield of.step("rollback", 1)
    yield from _scenarios(covered, ran, "restored", 2)
    yield of.step("reapply", 2)
    yield from _scenarios(covered, ran, "reapplied", 3)
    yield of.comparison("restored", 2)
    yield from _old_code(
        covered, tuple(attempt for attempt in target.old_code if attempt.without_edge == without_edge)
    )
    yield of.comparison("reapplied", 3)


def _scenarios(
    covered: tuple[Covered, ...], ran: tuple[ScenarioRan, ...], moment: str, steps: int
) -> Iterator[Requirement]:
    """Yield the demand for the project's own functions, if there are any for ``moment``."""
    wanted = sum(one.scenarios.get(moment, 0) for one in covered)
    if wanted:
        called = {
            (record.path, record.line, record.function): record for record in ran if record.moment == moment
        }
        yield Requirement(
            f"{count(wanted, 'scenario')} for {moment!r}", tuple(called.values()), steps, wanted
        )


def _old_code(covered: tuple[Covered, ...], tried: tuple[OldCodeTried, ...]) -> Iterator[Requirement]:
    """Yield the demand for each statement of the old release on each table that the target touches."""
    for table in (table for one in covered for table in one.touched):
        for statement in STATEMENTS:
            found = tuple(
                attempt for attempt in tried if (attempt.table, attempt.statement) == (table, statement)
            )
            yield Requirement(f"the old release's {statement} on {table}", found, 2, late=True)


def step_name(phase: Phase, direction: Direction) -> str:
    """Return what a step is called in a reason."""
    match phase:
        case "scratch":
            return "the way from nothing"
        case "cycle":
            return f"the cycle's {direction}"
        case "unwind":
            return f"the unwind's {direction}"


def failed(target: TargetEvidence, phase: Phase) -> tuple[StepFinished, ...]:
    """Return the steps of ``phase`` that went wrong, but for trials."""
    return tuple(
        step for step in target.steps if step.phase == phase and not step.trial and step.outcome != "ok"
    )
