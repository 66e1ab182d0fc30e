"""``rollback-loses-data`` and ``rollback-leaves-data``: the rows after rolling back are not those before."""

from __future__ import annotations

import msgspec

from django_switchback.evidence import Compared, RowDifference
from django_switchback.rules import minimal_rows
from django_switchback.rules.findings import ROWS_PHRASES, comparison_finding
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.steps import RequiredRows, counted_comparisons, rows_required_by_comparison
from django_switchback.rules.wording import count, count_rows, destructive_operations, enumerate_items

LOSES = "rollback-loses-data"
LEAVES = "rollback-leaves-data"


def judge_lost(target: TargetEvidence) -> Findings:
    """Speak of rows and values that did not come back, and note what had to go by nature."""
    both = tuple(counted_comparisons(target, "restored"))
    lost = tuple(_lost(target, comparison) for comparison in both if _gone(comparison))
    # Of each phase the last, which has the most rows: what is no fault is told once.
    most = {comparison.phase: comparison for comparison in both}.values()
    return lost + tuple(
        _by_nature(target, comparison) for comparison in most if _has_rows(comparison.dropped_by_nature)
    )


def judge_left(target: TargetEvidence) -> Findings:
    """Speak of rows that the forward step put in and the way back did not take out.

    What comes with new rows alone is theirs: the reverse brings what the new release wrote into old tables.
    """
    return tuple(
        _left(target, comparison)
        for comparison in counted_comparisons(target, "restored")
        if _added(comparison)
        and rows_required_by_comparison(target, comparison) != RequiredRows("new", known=True)
    )


def _gone(comparison: Compared) -> tuple[RowDifference, ...]:
    return tuple(row for row in comparison.comparison.rows if row.lost or row.changed)


def _added(comparison: Compared) -> tuple[RowDifference, ...]:
    return tuple(row for row in comparison.comparison.rows if row.added)


def _has_rows(differences: tuple[RowDifference, ...]) -> bool:
    return any(difference.lost or difference.changed or difference.added for difference in differences)


def _lost(target: TargetEvidence, comparison: Compared) -> Finding:
    differences = _gone(comparison)
    lost, changed = count_rows(differences, "lost"), count_rows(differences, "changed")
    what = " and ".join(part for part in (lost and f"loses {lost}", changed and f"changes {changed}") if part)
    return comparison_finding(
        target,
        comparison,
        LOSES,
        message=f"Rolling back {target.fact.id} {what}{_with(target, comparison)}.",
        fix=_bring_back(target, differences),
        found={"rows": msgspec.to_builtins(differences)}
        | minimal_rows.minimal_rows_of_comparison(target, comparison, "rollback", "values"),
        need=rows_required_by_comparison(target, comparison),
    )


def _with(target: TargetEvidence, comparison: Compared) -> str:
    need = rows_required_by_comparison(target, comparison)
    if not need.again:
        return ", once: not seen again when repeated"
    return f", {ROWS_PHRASES[need.rows]}" if need.known and need.rows in {"edge", "new"} else ""


def _bring_back(target: TargetEvidence, differences: tuple[RowDifference, ...]) -> str:
    places = enumerate_items(
        [
            f"{difference.table} ({', '.join(difference.columns)})"
            if difference.columns
            else difference.table
            for difference in differences
        ]
    )
    culprits = destructive_operations(target.fact)
    keep = (
        f" What {culprits} removes has to be kept elsewhere until the release can no longer be rolled back."
    )
    return f"Make the reverse restore the values of {places} as they were.{keep if culprits else ''}"


def _by_nature(target: TargetEvidence, comparison: Compared) -> Finding:
    gone = tuple(
        msgspec.structs.replace(row, lost=row.lost or row.changed or row.added, added=0, changed=0)
        for row in comparison.dropped_by_nature
    )
    what = enumerate_items([_gone_by_nature(row) for row in gone if row.lost])
    made = comparison_finding(
        target,
        comparison,
        LOSES,
        message=(
            f"Rolling back {target.fact.id} drops what it had made, with what was stored there since: {what}."
        ),
        fix="Nothing to correct; before rolling back, export what must outlive it.",
        found={"rows": msgspec.to_builtins(comparison.dropped_by_nature), "by_nature": True},
        need=RequiredRows(comparison.rows_on_board),
    )
    return msgspec.structs.replace(made, severity="info")


def _gone_by_nature(row: RowDifference) -> str:
    columns = ", ".join(f"{row.table}.{column}" for column in row.columns)
    return f"{columns} of {count(row.lost, 'row')}" if columns else f"{count(row.lost, 'row')} of {row.table}"


def _left(target: TargetEvidence, comparison: Compared) -> Finding:
    differences = _added(comparison)
    what = count_rows(differences, "added")
    return comparison_finding(
        target,
        comparison,
        LEAVES,
        message=(
            f"After rolling back {target.fact.id}, {what} that it had put in are still "
            f"there{_with(target, comparison)}."
        ),
        fix=(
            "Make the reverse delete what the forward step puts into "
            f"{enumerate_items([row.table for row in differences])}."
        ),
        found={"rows": msgspec.to_builtins(differences)}
        | minimal_rows.minimal_rows_of_comparison(target, comparison, "rollback", "left"),
        need=rows_required_by_comparison(target, comparison),
    )


LOST = Rule(
    slug=LOSES,
    group="rollback",
    severity="error",
    condition=(
        "Values of tables and columns that the old schema knows are lost or changed after rolling back: "
        "of old rows, and of new rows in what the old schema knows. What goes by nature with the tables "
        "and columns that the migration itself had made is only a note."
    ),
    effect="Users' data are gone after a rollback that reported success.",
    remedy=(
        "Make the reverse restore the values. What a destructive step removes cannot be restored from "
        "nothing: remove it one release later, or keep a copy to restore from."
    ),
    bad="""\
migrations.RemoveField("post", "subtitle")
""",
    good="""\
# Release 1: the code stops using the column; it stays. Release 2, when 1 is there to stay:
migrations.RemoveField("post", "subtitle")
""",
    judge=judge_lost,
)

LEFT = Rule(
    slug=LEAVES,
    group="rollback",
    severity="error",
    condition="Rows that the forward step put in are still there after rolling back.",
    effect=(
        "The old release meets rows that it never wrote, and going forward again puts them in twice or "
        "stops at a duplicate."
    ),
    remedy="Make the reverse delete exactly the rows that the forward step puts in.",
    bad="""\
migrations.RunPython(add_default_categories, reverse_code=migrations.RunPython.noop)
""",
    good="""\
migrations.RunPython(add_default_categories, reverse_code=remove_default_categories)
""",
    judge=judge_left,
)
