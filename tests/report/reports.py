"""Reports made from evidence by hand, for every format to show."""

from __future__ import annotations

from rules.builders import (
    CHANGED,
    DATABASE,
    FIRST,
    LEFT_INDEX,
    REFUSED,
    TARGET,
    classified,
    compared,
    confirmed,
    covered,
    fact,
    from_nothing,
    log,
    operation,
    project,
    sound,
    started,
    step,
    steps,
)

from django_switchback.evidence import (
    AnyRecord,
    Covered,
    DatabaseStarted,
    Difference,
    Failure,
    MigrationName,
    NotRun,
    RowDifference,
    RowExample,
    SystemChecked,
)
from django_switchback.verdict.interface import Report
from django_switchback.verdict.run_verdict import judge

THIRD = MigrationName("blog", "0003_add_tag")
FOURTH = MigrationName("shop", "0001_initial")
NATURE = RowDifference("blog_post", lost=5, columns=("slug",))
HOSTILE = "\x1b[31m[red]|`<b>\n::error::@team\u202e\u2028"
"""An escape sequence, rich markup, Markdown, HTML, a workflow command, a mention, a mark of direction."""


def mixed() -> Report:
    """Make a report with a passed, a failed, an acknowledged and a skipped migration."""
    acknowledged = fact(
        THIRD,
        dependencies=(TARGET,),
        docstring="Tags.\n\nswitchback: acknowledge irreversible: by backup, see the runbook",
        operations=(operation(description="p Raw Python operation"),),
    )
    facts = (fact(FIRST), fact(), acknowledged, fact(FOURTH, dependencies=()))
    spoilt: tuple[AnyRecord, ...] = (
        *steps(),
        compared(schema=(LEFT_INDEX,), rows=(CHANGED,), dropped_by_nature=(NATURE,)),
        compared("reapplied"),
        covered(
            seeded=11,
            empty={"blog_geo": "no value could be made for area"},
            fewer={"blog_page": "its rows have their places"},
        ),
    )
    third: tuple[AnyRecord, ...] = (
        from_nothing(migration=THIRD),
        step("forward", migration=THIRD, seconds=12.5),
        step(failure=REFUSED, migration=THIRD),
        step(phase="unwind", failure=REFUSED, migration=THIRD),
        Covered(DATABASE, THIRD, 12, 12, {}, ("blog_tag",)),
        classified("none"),
        confirmed(),
    )
    skipped = NotRun(DATABASE, FOURTH, "it needs shop.0000, which could not be applied")
    deploy = SystemChecked(DATABASE, "security.W004", 30, "You have not set HSTS.", "Set it.", deploy=True)
    begun = DatabaseStarted(DATABASE, "postgresql", "default", "18.6", (TARGET, THIRD, FOURTH))
    head = (started(), project(*facts), begun)
    return judge(log(*spoilt, *third, skipped, deploy, begin=head))


def clean() -> Report:
    """Make the report on a sound target."""
    return judge(log(*sound()))


def hostile() -> Report:
    """Make a report in which every text of the project's is hostile."""
    bad = MigrationName("blog", f"0002_{HOSTILE}")
    graph = project(fact(FIRST), fact(bad, path=HOSTILE, dependencies=(FIRST,)))
    begun = DatabaseStarted(DATABASE, "postgresql", "default", HOSTILE, (bad,))
    raised = Failure(HOSTILE, f"{HOSTILE}\n{HOSTILE}", operation=HOSTILE)
    example = RowExample("changed", {HOSTILE: HOSTILE}, (HOSTILE,), {HOSTILE: HOSTILE}, {HOSTILE: HOSTILE})
    return judge(
        log(
            step("forward", migration=bad),
            step(failure=raised, migration=bad),
            compared(
                "after-failure",
                migration=bad,
                schema=(Difference("index", HOSTILE, "different", HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
                rows=(RowDifference(HOSTILE, changed=1, columns=(HOSTILE,), examples=(example,)),),
            ),
            Covered(DATABASE, bad, 1, 0, {HOSTILE: HOSTILE}),
            NotRun(DATABASE, bad, HOSTILE),
            SystemChecked(DATABASE, HOSTILE, 40, HOSTILE, HOSTILE),
            SystemChecked(DATABASE, HOSTILE, 30, HOSTILE, HOSTILE),
            begin=(started(project=HOSTILE, settings=HOSTILE, version=HOSTILE), graph, begun),
        )
    )
