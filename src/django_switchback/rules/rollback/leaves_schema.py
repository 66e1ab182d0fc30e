"""``rollback-leaves-schema``: compare the database catalogue before and after a rollback."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import Compared, Difference
from django_switchback.rules.exhibits import SchemaDifferences
from django_switchback.rules.findings.findings import comparison_finding
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.selection.comparisons import reported_comparisons, schema_differences
from django_switchback.rules.selection.harmless import harmless_advice, is_harmless
from django_switchback.rules.selection.steps import RequiredRows
from django_switchback.rules.wording import describe_difference, describe_value, enumerate_items

SLUG = "rollback-leaves-schema"


def judge(target: TargetEvidence) -> Findings:
    """Report schema differences after a rollback; harmless ones, such as a changed name, are a note."""
    return tuple(
        _finding(target, comparison)
        for comparison in reported_comparisons(target, "restored")
        if schema_differences(target, comparison)
    )


def _finding(target: TargetEvidence, comparison: Compared) -> Finding:
    differences = schema_differences(target, comparison)
    real = tuple(found for found in differences if not is_harmless(found))
    renamed = tuple(found for found in differences if found.change == "renamed")
    what = enumerate_items([describe_difference(found) for found in real or differences])
    moment = "After rolling back from head" if comparison.phase == "unwind" else "After rolling back"
    finding = comparison_finding(
        target,
        comparison,
        SLUG,
        message=f"{moment}, the schema differs from the one before {target.fact.id}: {what}.",
        fix=_fix(target, real or renamed) if real or renamed else harmless_advice(differences),
        exhibits=(SchemaDifferences(differences),),
        need=RequiredRows(comparison.rows_on_board),
    )
    return finding if real else msgspec.structs.replace(finding, severity="info")


def _fix(target: TargetEvidence, differences: tuple[Difference, ...]) -> str:
    rebuilt = [found for found in differences if _is_dropped_with_its_table(target, found)]
    others = [_undo_step(difference) for difference in differences if difference not in rebuilt]
    fixes = [f"In the reverse of the operation that caused it, {enumerate_items(others)}."] if others else []
    if rebuilt:
        declared = "" if any(found.kind == "trigger" for found in rebuilt) else ", or declare it in the model"
        fixes.append(
            "To alter a table on SQLite, Django rebuilds it, and drops what no model declares: "
            f"{enumerate_items([_undo_step(difference) for difference in rebuilt])}, in the reverse_sql of a "
            f"RunSQL before the other operations and in the sql of one after them{declared}."
        )
    return " ".join(fixes)


def _is_dropped_with_its_table(target: TargetEvidence, difference: Difference) -> bool:
    """Whether no code of the project can have dropped it: Django's operations alone ran on SQLite."""
    alone = target.engine == "sqlite" and not any(operation.data for operation in target.fact.operations)
    return alone and difference.change == "missing" and difference.kind in {"index", "trigger"}


def _undo_step(difference: Difference) -> str:
    what = f"{difference.kind} {difference.name}"
    match difference.change:
        case "extra":
            return f"drop {what}"
        case "missing":
            return f"create {what} again"
        case "renamed":
            return f"give {difference.kind} {difference.after} its name {difference.before} back"
        case "different" if (difference.kind, difference.attribute) == ("sequence", "position"):
            return f"set {what} past the greatest value of its column"
        case "different":
            return f"set {difference.attribute} of {what} back to {describe_value(difference.before)}"


RULE = Rule(
    slug=SLUG,
    group="rollback",
    severity="error",
    condition=(
        "The schema after rolling back differs from the schema before: a catalogue object is left over, "
        "missing or different."
    ),
    effect=(
        "The old release runs on a schema that it was never tested with, and the next `migrate` may fail "
        "on objects that are left over."
    ),
    remedy=(
        "Make the reverse step undo every change of the forward step and restore the original definitions."
    ),
    judge=judge,
)
