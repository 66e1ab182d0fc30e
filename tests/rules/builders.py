"""Evidence made by hand: one sound target, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, get_args

import msgspec

from django_switchback.evidence import (
    AnyRecord,
    Classified,
    Compared,
    Comparison,
    Confirmed,
    Covered,
    DatabaseStarted,
    Difference,
    Direction,
    Failure,
    MigrationFact,
    MigrationName,
    NewCodeTried,
    OldCodeTried,
    Operation,
    Phase,
    ProjectDescribed,
    RowDifference,
    RowExample,
    Rows,
    RunFinished,
    RunStarted,
    ScenarioRan,
    ScratchFinished,
    Statement,
    StepFinished,
)

DATABASE = "postgresql-18"
FIRST = MigrationName("blog", "0001_initial")
TARGET = MigrationName("blog", "0002_add_slug")

DIRECTIONS: tuple[Direction, ...] = ("forward", "rollback", "reapply")

RAISED = Failure(
    "django.db.utils.IntegrityError", 'column "slug" holds null values', "23502", "", "AlterField(post.slug)"
)
REFUSED = Failure(
    "IrreversibleError", "RunPython is not reversible", operation="p Raw Python operation", irreversible=True
)
LEFT_INDEX = Difference("index", "post_slug", "extra", "blog_post")
RENAMED = Difference("constraint", "a_fk", "renamed", "blog_post", before="a_fk", after="b_fk")
EXAMPLE = RowExample("changed", {"id": "1"}, ("title",), {"title": "One"}, {"title": ""})
CHANGED = RowDifference("blog_post", changed=2, columns=("title",), examples=(EXAMPLE,))
LOST = RowDifference("blog_post", lost=3, examples=(RowExample("lost", {"id": "1"}, (), {"title": "One"}),))
ADDED = RowDifference(
    "blog_tag", added=1, examples=(RowExample("added", {"id": "9"}, (), {}, {"name": "x"}),)
)


def started(**changes: Any) -> RunStarted:
    """Make the first record of a log."""
    values: dict[str, Any] = {
        "id": "r1",
        "seed": 7,
        "started": "2026-11-22T10:00:00Z",
        "project": "example",
        "settings": "config.settings",
        "version": "0.1.0",
    }
    return RunStarted(**(values | changes))


def fact(id_: MigrationName = TARGET, **changes: Any) -> MigrationFact:
    """Make what the loader knows of a migration, by default of the target."""
    values: dict[str, Any] = {
        "path": f"{id_.app}/migrations/{id_.name}.py",
        "first_party": True,
        "docstring": "Add slugs; a rollback drops them.",
        "dependencies": (FIRST,) if id_ == TARGET else (),
    }
    return MigrationFact(id_, **(values | changes))


def project(*facts: MigrationFact, **changes: Any) -> ProjectDescribed:
    """Make the graph: one root and the target, unless told otherwise."""
    values: dict[str, Any] = {
        "alias": "default",
        "aliases": ("default",),
        "vendor": "postgresql",
        "django": "5.2",
        "python": "3.11",
        "migrations": facts or (fact(FIRST), fact()),
    }
    return ProjectDescribed(**(values | changes))


def database(name: str = DATABASE, targets: tuple[MigrationName, ...] = (TARGET,)) -> DatabaseStarted:
    """Make the start of one database, whose engine is read from its name."""
    engine: Literal["sqlite", "postgresql"] = "sqlite" if name.startswith("sqlite") else "postgresql"
    return DatabaseStarted(name, engine, "default", "3.45.1" if engine == "sqlite" else "18.6", targets)


def step(
    direction: Direction = "rollback",
    phase: Phase = "cycle",
    failure: Failure | None = None,
    **changes: Any,
) -> StepFinished:
    """Make a step of the target; failed where it is given a failure."""
    values: dict[str, Any] = {
        "database": DATABASE,
        "part": "1",
        "migration": TARGET,
        "phase": phase,
        "direction": direction,
        "rows": "new",
        "outcome": "failed" if failure else "ok",
        "seconds": 0.01,
        "queries": 3,
        "failure": failure,
    }
    return StepFinished(**(values | changes))


def compared(
    moment: Literal["restored", "reapplied", "after-failure"] = "restored",
    schema: tuple[Difference, ...] = (),
    rows: tuple[RowDifference, ...] = (),
    **changes: Any,
) -> Compared:
    """Make a comparison of the target's; equal unless told otherwise."""
    values: dict[str, Any] = {
        "database": DATABASE,
        "migration": TARGET,
        "phase": "cycle",
        "moment": moment,
        "rows_on_board": "new",
        "comparison": Comparison(schema, rows),
    }
    return Compared(**(values | changes))


def classified(
    fewest: Rows | None,
    direction: Direction = "rollback",
    about: Literal["step", "restored", "reapplied"] = "step",
    phase: Phase = "cycle",
    *,
    without_edge: bool = False,
) -> Classified:
    """With how few rows it was seen."""
    return Classified(DATABASE, TARGET, phase, direction, about, fewest, without_edge)


def confirmed(
    reproduced: bool = True, direction: Direction = "rollback", phase: Phase = "cycle"
) -> Confirmed:
    """Make the record of what plain Django did."""
    command = (
        f"python manage.py migrate blog {'0001_initial' if direction == 'rollback' else '0002_add_slug'}"
    )
    return Confirmed(DATABASE, TARGET, phase, direction, command, reproduced, int(reproduced), "Traceback")


def scenario(
    moment: Literal["before", "after", "restored", "reapplied"], failure: Failure | None = None
) -> ScenarioRan:
    """Make the record of a function of the project's own; it raised where it is given a failure."""
    return ScenarioRan(
        DATABASE, TARGET, moment, "slugs_stay", "migration_scenarios/blog.py", 7, 0.01, failure
    )


def covered(**changes: Any) -> Covered:
    """Every table has rows."""
    values: dict[str, Any] = {"database": DATABASE, "migration": TARGET, "tables": 12, "seeded": 12}
    return Covered(**(values | {"touched": ("blog_post",)} | changes))


def old_code(table: str = "blog_post", **changes: Any) -> tuple[OldCodeTried, ...]:
    """Each statement of the old release on ``table`` went well, unless told otherwise."""
    return tuple(OldCodeTried(DATABASE, TARGET, table, arg, **changes) for arg in get_args(Statement))


def new_code(table: str = "blog_post", **changes: Any) -> tuple[NewCodeTried, ...]:
    """Each statement of the new release on ``table`` went well, unless told otherwise."""
    return tuple(NewCodeTried(DATABASE, TARGET, table, arg, **changes) for arg in get_args(Statement))


def from_nothing(**changes: Any) -> StepFinished:
    """Make the step of the target on the way from nothing to head."""
    return step("forward", "scratch", rows="none", **changes)


def steps() -> tuple[StepFinished, ...]:
    """Every step of a sound target."""
    return (
        from_nothing(),
        step("forward", rows="edge"),
        step("rollback"),
        step("reapply"),
        step("rollback", "unwind"),
        step("reapply", "unwind"),
    )


def sound() -> tuple[AnyRecord, ...]:
    """All evidence on a sound target."""
    moments = (compared("restored"), compared("reapplied"), compared("reapplied", phase="unwind"))
    return (*steps(), *moments, *new_code(), *old_code(), covered(new_code=("blog_post",)))


def log(*records: AnyRecord, begin: Iterable[AnyRecord] | None = None) -> tuple[AnyRecord, ...]:
    """Make a whole log of one database around ``records``."""
    head = (started(), project(), database()) if begin is None else tuple(begin)
    return (*head, ScratchFinished(DATABASE, 1.25, 2), *records, RunFinished(4.5))


def stopping(failing: StepFinished, *more: AnyRecord) -> tuple[AnyRecord, ...]:
    """Make a log of a target whose cycle stops at ``failing``, after the steps before it went well."""
    before = tuple(step(direction) for direction in DIRECTIONS[: DIRECTIONS.index(failing.direction)])
    return log(from_nothing(), *before, failing, covered(), *more)


def again(*steps: StepFinished, forward: Rows | None = "edge") -> tuple[AnyRecord, ...]:
    """Make what a cycle leaves that ``forward`` rows kept from being applied, and one without edge rows.

    The latter went well but for ``steps``, and the target was unwound.
    """
    return (
        from_nothing(),
        step("forward", failure=RAISED),
        classified(forward, "forward"),
        covered(touched=()),
        *repeated(*steps),
        *COVERED,
        *DOWN_AND_UP,
    )


UNWOUND = (step("rollback", "unwind", rows="typical"), step("reapply", "unwind", rows="typical"))
DOWN_AND_UP: tuple[AnyRecord, ...] = (
    *UNWOUND,
    compared("reapplied", phase="unwind", rows_on_board="typical"),
)
"""All of a sound unwind."""
COVERED: tuple[AnyRecord, ...] = (
    covered(without_edge=True, new_code=("blog_post",)),
    *new_code(without_edge=True),
    *old_code(without_edge=True),
)
"""Which tables a cycle without edge rows had rows in, and what the old release does on them."""


def repeated(*steps: StepFinished) -> tuple[StepFinished, ...]:
    """Make the steps of a cycle without edge rows; it went well but for ``steps``."""
    failed = {item.direction: item for item in steps}
    taken: list[StepFinished] = []
    for direction in DIRECTIONS:
        rows: Rows = "typical" if direction == "forward" else "new"
        taken.append(
            msgspec.structs.replace(failed.get(direction, step(direction, rows=rows)), without_edge=True)
        )
        if direction in failed:
            break
    return tuple(taken)


MOMENTS = (compared("restored", without_edge=True), compared("reapplied", without_edge=True))
"""The comparisons of a sound cycle without edge rows."""
REPEATED: tuple[AnyRecord, ...] = (*repeated(), *MOMENTS, *COVERED)
"""All of a sound cycle without edge rows."""


def kept_back(direction: Direction, *steps: StepFinished) -> tuple[AnyRecord, ...]:
    """Make what a cycle leaves whose step in ``direction`` edge rows alone make fail, and one without them.

    The latter went well but for ``steps``, and the target was unwound.
    """
    before = DIRECTIONS[: DIRECTIONS.index(direction)]
    return (
        from_nothing(),
        *(step(item) for item in before),
        step(direction, failure=RAISED),
        *((compared("restored"),) if direction == "reapply" else ()),
        classified("edge", direction),
        covered(),
        *repeated(*steps),
        *COVERED,
        *DOWN_AND_UP,
    )


def spoilt(*more: AnyRecord) -> tuple[AnyRecord, ...]:
    """Make a log of a target whose steps went well and whose comparisons did not."""
    moments = {
        (record.phase, record.moment)
        for record in more
        if isinstance(record, Compared) and not record.without_edge
    }
    rest = tuple(
        record
        for record in sound()
        if not isinstance(record, Compared) or (record.phase, record.moment) not in moments
    )
    return log(*rest, *more)


def operation(kind: str = "RunPython", **changes: Any) -> Operation:
    """Make an operation that cannot be reversed."""
    values: dict[str, Any] = {"description": "Raw Python operation", "reversible": False}
    return Operation(kind, **(values | changes))
