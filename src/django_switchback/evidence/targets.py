"""Records of what was done to one target, and of what was seen."""

from __future__ import annotations

from typing import Literal

from django_switchback.evidence.values import (
    Comparison,
    Direction,
    Failure,
    MigrationName,
    OperationRan,
    Outcome,
    Phase,
    Record,
    RowDifference,
    Rows,
    SeededRow,
    Statement,
)


class StepStarted(Record, frozen=True, tag="step-started"):
    """A step is under way; ``part`` names the worker's share of the plan."""

    database: str
    part: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    rows: Rows = "none"
    trial: bool = False
    without_edge: bool = False
    """See :class:`StepFinished`."""


class StepFinished(Record, frozen=True, tag="step-finished"):
    """A step is over; ``seconds`` is wall time, ``queries`` counts statements sent.

    ``without_edge``: it repeats the cycle or the unwind without edge rows, and without copies where these do
    what edge rows do, since with them a step failed or rows differed. Unless it is a ``trial``, it counts.
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
    """True for the classifying repeats of a step, which count for no timing."""
    without_edge: bool = False


class Compared(Record, frozen=True, tag="compared"):
    """Two moments compared.

    What is restored against before, the second way forward against the first, what a failed step left against
    what was there.
    """

    database: str
    migration: MigrationName
    phase: Phase
    moment: Literal["restored", "reapplied", "after-failure"]
    rows_on_board: Rows
    comparison: Comparison
    dropped_by_nature: tuple[RowDifference, ...] = ()
    """What went with columns and tables that the target itself had made: no loss."""
    trial: bool = False
    without_edge: bool = False
    """Whether it is of a repeat without edge rows: see :class:`StepFinished`."""


class OperationsRan(Record, frozen=True, tag="operations-ran"):
    """What the data operations of a target did in a step that ended well; one that did nothing is not listed.

    ``changed``: rows or schema are others after the step than before it.
    """

    database: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    changed: bool
    operations: tuple[OperationRan, ...] = ()
    without_edge: bool = False


class Covered(Record, frozen=True, tag="covered"):
    """How many tables had rows when the target ran; ``empty`` says why for each that had none."""

    database: str
    migration: MigrationName
    tables: int
    seeded: int
    empty: dict[str, str] = {}
    touched: tuple[str, ...] = ()
    rows: int | None = None
    """How many rows all tables held together."""
    unwritten: dict[str, str] = {}
    """Why a touched table got no new row."""
    chosen: tuple[str, ...] = ()
    """The tables without rows that the project's own scenarios want so, with those that must refer to one."""
    fewer: dict[str, str] = {}
    """Why a table had fewer rows than ``--rows`` asked for."""
    scenarios: dict[str, int] = {}
    """How many functions of the project's own there are for the target, by the moment that they are for."""
    without_edge: bool = False
    """Whether it is of a repeat without edge rows: see :class:`StepFinished`."""


class Classified(Record, frozen=True, tag="classified"):
    """The fewest rows with which a step failed or a comparison differed; ``None``: not seen again."""

    database: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    about: Literal["step", "restored", "reapplied"]
    fewest: Rows | None
    without_edge: bool = False
    """Whether it is of a repeat without edge rows: see :class:`StepFinished`."""
    by_elimination: bool = False
    """Whether ``fewest`` was concluded from trials with fewer rows that did not show it, and not repeated."""


class Reduced(Record, frozen=True, tag="reduced"):
    """The fewest rows with which a step failed, or moments differed: out of ``on_board``, in so many trials.

    ``change``: of a difference, whether it is old values that are lost or changed, or rows that are left.
    ``test`` is a module for pytest that shows it with plain Django. ``complete``: leaving out any one of the
    rows makes it go away; otherwise time ran out before that was known.
    """

    database: str
    migration: MigrationName
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


class Reducing(Record, frozen=True, tag="reducing"):
    """The search for the fewest rows begins, or has ``ended``; it takes no more than so many seconds.

    What happens to the worker in between says nothing of the target: its steps were all taken before.
    """

    database: str
    migration: MigrationName
    seconds: float
    ended: bool = False


class Confirmed(Record, frozen=True, tag="confirmed"):
    """What the project's own ``manage.py migrate`` did on a clone made before the step."""

    database: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    command: str
    reproduced: bool
    status: int
    output: str = ""
    without_edge: bool = False


class OldCodeTried(Record, frozen=True, tag="old-code-tried"):
    """A statement of the old release's models, tried on the rolled-back database and, as a control, before.

    ``failure`` is what it raised after the rollback; ``before`` is what it raised before the target.
    """

    database: str
    migration: MigrationName
    table: str
    statement: Statement
    failure: Failure | None = None
    before: Failure | None = None
    untried: str | None = None
    """Why the statement could not be tried at all."""
    without_edge: bool = False


class ScenarioRan(Record, frozen=True, tag="scenario-ran"):
    """A function of the project's own scenarios was called at a moment of a target's cycle.

    ``path`` is relative to the project; ``failure`` is what it raised, of an assertion what did not hold.
    """

    database: str
    migration: MigrationName
    moment: Literal["before", "after", "restored", "reapplied"]
    function: str
    path: str
    line: int
    seconds: float
    failure: Failure | None = None
    without_edge: bool = False


class BelongsToServer(Record, frozen=True, tag="belongs-to-server"):
    """A step that changes what all databases of a server share, on one that is not ours: it was not taken.

    ``what`` names the objects, or is what the server said against it.
    """

    database: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    what: str


class UnwindBlocked(Record, frozen=True, tag="unwind-blocked"):
    """A target that the unwind did not reach, since ``by`` depends on it and could not be rolled back.

    With ``direction`` *forward*: it was rolled back, and nobody could see it come back, since ``by`` could
    not be applied again.
    """

    database: str
    migration: MigrationName
    by: MigrationName
    direction: Literal["rollback", "forward"] = "rollback"


class TouchedElsewhere(Record, frozen=True, tag="touched-elsewhere"):
    """The project's code reached for something that is no sandbox; ``address`` holds no password.

    ``moment`` says when: while it was loaded (``manage.py`` included), within a step of ``migration``, or
    between two steps, when rows are written and checks are run. ``refused``: nothing was sent there.
    ``place`` is the innermost line of the project's files that was under way.
    """

    database: str
    moment: Literal["loading", "step", "between-steps"]
    kind: Literal["database", "host", "program"]
    address: str
    refused: bool = False
    migration: MigrationName | None = None
    place: str = ""
