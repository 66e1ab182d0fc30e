"""List the records that a pass requires in each phase, with the records found for each requirement."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, get_args

from django_switchback.evidence import (
    AnyRecord,
    ComparedPoint,
    Covered,
    Direction,
    NewCodeTried,
    OldCodeInDeployWindow,
    OldCodeTried,
    Phase,
    ScenarioRan,
    Statement,
    StepFinished,
)
from django_switchback.rules.interface import TargetEvidence
from django_switchback.rules.selection.steps import (
    effective_direction,
    fails_with_edge_rows_only,
    rows_required_by_comparison,
)
from django_switchback.rules.wording import count

STATEMENTS: tuple[Statement, ...] = get_args(Statement)


class Requirement(NamedTuple):
    """A requirement of a pass: its ``name``, and the ``records`` that meet it (``required_count`` or more).

    It can be met only after ``preceding_steps`` steps of the run succeeded. ``contradicted``: there are
    records against it. ``late``: its records are logged after all steps, which a dead worker misses.
    """

    name: str
    records: tuple[AnyRecord, ...]
    preceding_steps: int
    required_count: int = 1
    contradicted: bool = False
    late: bool = False

    @property
    def met(self) -> bool:
        """Whether enough records exist and no record contradicts them."""
        return len(self.records) >= self.required_count and not self.contradicted


def requirements(target: TargetEvidence, phase: Phase, *, without_edge: bool) -> Iterator[Requirement]:
    """Yield the requirements of ``phase`` in order, for its first run or its repeat without edge rows."""
    run = _PhaseRun(target, phase, without_edge)
    match phase:
        case "scratch":
            yield run.step("forward", 0)
        case "cycle":
            yield from _cycle(run)
        case "unwind":
            yield run.step("rollback", 0)
            yield run.step("reapply", 1)
            yield run.comparison("reapplied", 2)
    if phase != "scratch":
        yield from run.operations()


class _PhaseRun(NamedTuple):
    """The evidence on one phase, with or without edge rows."""

    target: TargetEvidence
    phase: Phase
    without_edge: bool

    def step(self, direction: Direction, preceding_steps: int) -> Requirement:
        """Return the requirement of a successful step, ignoring failures with edge rows only."""
        key = self.phase, direction, self.without_edge, False
        steps = [
            step
            for step in self.target.steps
            if (step.phase, effective_direction(step), step.without_edge, step.trial) == key
        ]
        passed = tuple(step for step in steps if step.outcome == "ok")
        failing = any(
            step.outcome != "ok" and not fails_with_edge_rows_only(self.target, step) for step in steps
        )
        return Requirement(
            self.name(step_name(self.phase, direction)), passed, preceding_steps, contradicted=failing
        )

    def comparison(self, moment: ComparedPoint, steps: int) -> Requirement:
        """Return the requirement of a comparison, contradicted by differences that are not reproducible."""
        key = self.phase, moment, self.without_edge, False
        comparisons = tuple(
            comparison
            for comparison in self.target.comparisons
            if (comparison.phase, comparison.moment, comparison.without_edge, comparison.trial) == key
        )
        once = any(
            comparison.comparison.rows
            and not rows_required_by_comparison(self.target, comparison).reproducible
            for comparison in comparisons
        )
        name = f"the comparison after {'rolling back' if moment == 'restored' else 'applying again'}"
        name = name if self.phase == "cycle" else f"{name} from head"
        return Requirement(self.name(name), comparisons, steps, contradicted=once, late=True)

    def operations(self) -> Iterator[Requirement]:
        """Yield the requirement of an operations record for each step, if the target has data operations."""
        if not any(operation.data for operation in self.target.fact.operations):
            return
        directions: tuple[Direction, ...] = ("rollback", "reapply")
        for direction in directions if self.phase == "unwind" else ("forward", *directions):
            key = self.phase, direction, self.without_edge
            ran = tuple(
                record
                for record in self.target.operation_runs
                if (record.phase, record.direction, record.without_edge) == key
            )
            name = f"what the data operations did in {step_name(self.phase, direction)}"
            steps = ("forward", *directions).index(direction) + (self.phase == "cycle")
            yield Requirement(self.name(name), ran, steps, late=True)

    def name(self, what: str) -> str:
        """Return ``what`` with the suffix of a run without edge rows."""
        return f"{what} without edge rows" if self.without_edge else what


def _cycle(run: _PhaseRun) -> Iterator[Requirement]:
    target, without_edge = run.target, run.without_edge
    covered = tuple(coverage for coverage in target.coverages if coverage.without_edge == without_edge)[-1:]
    yield Requirement(run.name("which tables had rows"), covered, 0, late=True)
    ran = tuple(scenario for scenario in target.scenarios if scenario.without_edge == without_edge)
    yield from _scenarios(covered, ran, "before", 0)
    yield run.step("forward", 0)
    yield from _scenarios(covered, ran, "after", 1)
    yield run.step("rollback", 1)
    yield from _scenarios(covered, ran, "restored", 2)
    yield run.step("reapply", 2)
    yield from _scenarios(covered, ran, "reapplied", 3)
    yield run.comparison("restored", 2)
    old_code = tuple(attempt for attempt in target.old_code if attempt.without_edge == without_edge)
    touched = {table: STATEMENTS for coverage in covered for table in coverage.touched}
    yield from _statements("the old release's {} on {}", touched, old_code, 2)
    new_code = tuple(attempt for attempt in target.new_code if attempt.without_edge == without_edge)
    tried = {table: STATEMENTS for coverage in covered for table in coverage.new_code}
    yield from _statements("the new release's {} on {}", tried, new_code, 1)
    window = tuple(attempt for attempt in target.deploy_window if attempt.without_edge == without_edge)
    opened = {table: done for coverage in covered for table, done in coverage.deploy_window.items()}
    yield from _statements("the old release's {} on {} in the deploy window", opened, window, 1)
    yield run.comparison("reapplied", 3)


def _scenarios(
    covered: tuple[Covered, ...], ran: tuple[ScenarioRan, ...], moment: str, steps: int
) -> Iterator[Requirement]:
    """Yield the requirement of a record for each scenario function of ``moment``, if there are any."""
    expected_count = sum(coverage.scenarios.get(moment, 0) for coverage in covered)
    if expected_count:
        called = {
            (record.path, record.line, record.function): record for record in ran if record.moment == moment
        }
        yield Requirement(
            f"{count(expected_count, 'scenario')} for {moment!r}",
            tuple(called.values()),
            steps,
            expected_count,
        )


def _statements(
    name: str,
    expected: Mapping[str, Collection[Statement]],
    tried: Collection[OldCodeTried | NewCodeTried | OldCodeInDeployWindow],
    preceding_steps: int,
) -> Iterator[Requirement]:
    """Yield the requirement of each ``expected`` statement of a release, by table; ``name`` is for both."""
    for table, statements in expected.items():
        for statement in statements:
            found = tuple(
                attempt for attempt in tried if (attempt.table, attempt.statement) == (table, statement)
            )
            yield Requirement(name.format(statement, table), found, preceding_steps, late=True)


def step_name(phase: Phase, direction: Direction) -> str:
    """Return the name of a step in a reason."""
    match phase:
        case "scratch":
            return "migrating an empty database"
        case "cycle":
            return f"the cycle's {direction}"
        case "unwind":
            return f"the unwind's {direction}"


def failed_in_phase(target: TargetEvidence, phase: Phase) -> tuple[StepFinished, ...]:
    """Return the failed steps of ``phase``, without trials."""
    return tuple(
        step for step in target.steps if step.phase == phase and not step.trial and step.outcome != "ok"
    )
