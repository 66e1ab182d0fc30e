"""``changed-no-row``: a data operation that changed nothing, so that what it does was not rehearsed."""

from __future__ import annotations

from django_switchback.evidence import Operation
from django_switchback.rules import data_operations
from django_switchback.rules.data_operations import engine_of
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.wording import described, enumerate_items

SLUG = "changed-no-row"


def judge(target: TargetEvidence) -> Findings:
    """Speak of data operations that changed nothing, and of those that no database of the run rehearsed."""
    found = tuple(data_operations.data_operations(target))
    idle = tuple(operation for _, operation, outcome in found if outcome == "idle")
    silent = tuple(
        operation
        for index, operation, outcome in found
        if outcome == "silent" and index not in target.elsewhere
    )
    return (*_findings(target, idle, IDLE), *_findings(target, silent, SILENT))


IDLE = "sent statements on {engine} and changed neither a row nor the schema in any step"
SILENT = "sent no statement on {engine}, and no other database of the run rehearsed it"


def skipped(target: TargetEvidence) -> str | None:
    """Return why the target is skipped although it was rehearsed: a data operation changed nothing."""
    idle = data_operations.operations_with_outcome(target, "idle")
    return f"{_named(idle)} changed neither a row nor the schema: {SLUG}" if idle else None


def nothing_here(target: TargetEvidence) -> str | None:
    """Return what does nothing on this engine, if something does not."""
    silent = data_operations.operations_with_outcome(target, "silent")
    if not silent:
        return None
    nothing = f"does nothing on {engine_of(target)}"
    return nothing if len(silent) == len(target.fact.operations) else f"{_named(silent)} {nothing}"


def _findings(target: TargetEvidence, operations: tuple[Operation, ...], what: str) -> Findings:
    if not operations:
        return ()
    return (
        Finding(
            rule=SLUG,
            severity="warning",
            message=f"{_named(operations)} of {target.fact.id} {what.format(engine=engine_of(target))}.",
            phase="cycle",
            fix=(
                f'Write rows for it to change in a scenario (@before("{target.fact.id}"), see '
                "docs/scenarios.md), or rehearse it on the database that it is for; where it truly changes "
                f"none, acknowledge {SLUG} with the reason."
            ),
            evidence={"phases": ["cycle"], "operations": [operation.description for operation in operations]},
        ),
    )


def _named(operations: tuple[Operation, ...]) -> str:
    return enumerate_items([described(operation) for operation in operations])


RULE = Rule(
    slug=SLUG,
    group="rehearsal",
    severity="warning",
    condition=(
        "A data operation (`RunPython`, `RunSQL`, one of the project's own) sent statements and changed "
        "neither a row nor the schema in any step of cycle and unwind: the migration is skipped, not "
        "passed. One that sent none on this engine passes where another database of the run rehearsed it."
    ),
    effect=(
        "The rows that it is written for were not there: what it does to them, and whether its reverse "
        "brings them back, nobody has seen."
    ),
    remedy=(
        "Write such rows in a scenario, with `@before`. Where it truly changes none (it only looks), "
        "acknowledge it with the reason."
    ),
    bad="""\
def close_abandoned(apps, schema_editor):
    Order = apps.get_model("shop", "Order")
    Order.objects.filter(state="abandoned-in-2019").update(state="closed")
""",
    good="""\
@before("shop.0007_close_abandoned")
def an_abandoned_order(apps):
    apps.get_model("shop", "Order").objects.create(state="abandoned-in-2019")
""",
    judge=judge,
)
