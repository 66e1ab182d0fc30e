"""Records about one target: its steps, comparisons, trials and repeats."""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback.evidence.record_values import (
    ComparedPoint,
    Comparison,
    Direction,
    Failure,
    MigrationName,
    MigrationRecord,
    OperationRan,
    Outcome,
    Phase,
    Record,
    RowDifference,
    Rows,
    SeededRow,
    Statement,
    Value,
)


class StepStarted(Record, frozen=True, tag="step-started"):
    """A step has started; ``part`` names the part of the plan that it belongs to."""

    database: str
    part: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    rows: Rows = "none"
    trial: bool = False
    without_edge: bool = False
    measured: bool = False
    """See :class:`StepFinished`."""


class StepFinished(Record, frozen=True, tag="step-finished"):
    """A step has ended; ``seconds`` is wall time, ``queries`` the number of statements sent.

    ``without_edge``: the step belongs to a repeat of the cycle or the unwind without edge rows, made since a
    step failed or rows differed with them. Unless the step is a ``trial`` as well, verdicts use its result.
    """

    database: str
    part: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    rows: Rows
    outcome: Outcome
    seconds: float
    queries: int = 0
    failure: Failure | None = None
    trial: bool = False
    """Whether the step only found out which rows make it fail; its time is not reported."""
    without_edge: bool = False
    recorded: bool = False
    """Whether the step failed and ``django_migrations`` still has what a success would have left there."""
    measured: bool = False
    """Whether it only measured the step's work, with copied rows: its failure is none of the migration's."""


class Compared(MigrationRecord, frozen=True, tag="compared"):
    """The comparison of two snapshots: schema and rows.

    *restored*: after the rollback with before the target; *reapplied*: after the second forward step with
    after the first; *after-failure*: after a failed step with before it. ``rows_on_board``: the rows in the
    tables.
    """

    phase: Phase
    moment: ComparedPoint
    rows_on_board: Rows
    comparison: Comparison
    dropped_by_nature: tuple[RowDifference, ...] = ()
    """Rows dropped with columns and tables that the target itself created: not a loss."""
    trial: bool = False
    without_edge: bool = False
    """Whether this belongs to a repeat without edge rows, see :class:`StepFinished`."""


class OperationsRan(MigrationRecord, frozen=True, tag="operations-ran"):
    """What the data operations of a target did in a successful step; those that did nothing are not listed.

    ``changed``: rows or schema differ before and after the step.
    """

    phase: Phase
    direction: Direction
    changed: bool
    operations: tuple[OperationRan, ...] = ()
    without_edge: bool = False


class Covered(MigrationRecord, frozen=True, tag="covered"):
    """How many tables had rows when the target ran; ``empty`` gives the reason for each that had none."""

    tables: int
    seeded: int
    empty: dict[str, str] = {}
    touched: tuple[str, ...] = ()
    rows: int | None = None
    """The number of rows in all tables together."""
    unwritten: dict[str, str] = {}
    """The reason why a touched table got no new row, by table."""
    chosen: tuple[str, ...] = ()
    """Tables left empty by the project's scenarios, and tables that would have to refer to one of them."""
    fewer: dict[str, str] = {}
    """The reason why a table had fewer rows than ``--rows`` requested, by table."""
    scenarios: dict[str, int] = {}
    """The number of scenario functions for the target, by the point in the cycle that they run at."""
    new_code: tuple[str, ...] = ()
    """Tables on which the new release's statements were tried after the forward step."""
    deploy_window: dict[str, tuple[Statement, ...]] = {}
    """The old release's statements that were tried after the forward step, by table."""
    without_edge: bool = False
    """Whether this belongs to a repeat without edge rows, see :class:`StepFinished`."""


class Classified(MigrationRecord, frozen=True, tag="classified"):
    """The fewest rows with which a step failed or snapshots differed; ``None``: it did not happen again."""

    phase: Phase
    direction: Direction
    about: Literal["step", "restored", "reapplied"]
    fewest: Rows | None
    without_edge: bool = False
    """Whether this belongs to a repeat without edge rows, see :class:`StepFinished`."""
    by_elimination: bool = False
    """Whether ``fewest`` follows from trials with fewer rows, without a trial in which it happened."""
    by_form: bool = False
    """Whether text in another form, such as JSON, does not make the step fail."""
    left: Rows | None = None
    """The fewest rows with which rows are left behind, if values are lost or changed with fewer."""


class MinimalRowsFound(MigrationRecord, frozen=True, tag="reduced"):
    """A minimal set of rows with which a step failed or snapshots differed, found by delta debugging.

    ``on_board`` is the number of rows that the search started with, ``trials`` the number of its steps.
    ``change`` tells of a difference whether values were lost or changed, or rows were left. ``test`` is a
    pytest module that shows the failure with plain Django. ``complete``: each of the rows is needed for the
    failure; otherwise the search reached its time limit.
    """

    phase: Phase
    direction: Direction
    about: Literal["step", "restored", "reapplied"]
    on_board: int
    rows: tuple[SeededRow, ...]
    test: str
    trials: int
    seconds: float
    complete: bool
    change: Literal["values", "left"] | None = None
    without_edge: bool = False


class Minimising(MigrationRecord, frozen=True, tag="reducing"):
    """Trials on clones, which are not recorded steps, have started or ``ended``; ``seconds`` is their limit.

    They search for a minimal set of rows, or try rows that are already there. A worker lost meanwhile does
    not affect the target's verdict: all of its steps had run before.
    """

    seconds: float
    ended: bool = False


class Confirmed(MigrationRecord, frozen=True, tag="confirmed"):
    """The result of plain ``manage.py migrate`` on a clone made before the step."""

    phase: Phase
    direction: Direction
    command: str
    reproduced: bool
    status: int
    output: str = ""
    without_edge: bool = False


class ScenarioRan(MigrationRecord, frozen=True, tag="scenario-ran"):
    """A function of the project's scenarios was called, at the point ``moment`` of a target's cycle.

    ``path`` is relative to the project; ``failure`` is the exception that it raised.
    """

    moment: Literal["before", "after", "restored", "reapplied"]
    function: str
    path: str
    line: int
    seconds: float
    failure: Failure | None = None
    without_edge: bool = False


class LiveModelUse(Value, frozen=True):
    """A use of a live model, or of the registry of live models, in a function, as it is written there."""

    used: str
    function: str
    path: str
    line: int


class LiveModelsUsed(MigrationRecord, frozen=True, tag="live-models-used"):
    """Data functions of a target use live models in place of the historical ones of ``apps``."""

    uses: tuple[LiveModelUse, ...]


class ExistingRowsLost(MigrationRecord, frozen=True, tag="existing-rows-lost"):
    """Rows were there before the target, which found them in place of its own; the rollback took them.

    ``rows`` are those that the rollback deleted or changed, put there as the target itself inserts them.
    """

    rows: tuple[RowDifference, ...]


class UnwindBlocked(MigrationRecord, frozen=True, tag="unwind-blocked"):
    """The unwind did not reach a target, since ``by`` depends on it and could not be rolled back.

    With ``direction`` *forward*: the target was rolled back but not re-applied, since ``by`` could not be
    applied again. With ``unrestored``: ``by`` was rolled back, and did not restore this, which the rollback
    of the target, or of one that depends on it, needs.
    """

    by: MigrationName
    direction: Literal["rollback", "forward"] = "rollback"
    unrestored: str = ""


TargetRecord: TypeAlias = (
    StepStarted
    | StepFinished
    | Compared
    | OperationsRan
    | Covered
    | Classified
    | MinimalRowsFound
    | Minimising
    | Confirmed
    | ScenarioRan
    | LiveModelsUsed
    | ExistingRowsLost
    | UnwindBlocked
)
