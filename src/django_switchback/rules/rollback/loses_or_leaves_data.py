"""``rollback-loses-data`` and ``rollback-leaves-data``: compare the rows before and after a rollback."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from django_switchback.evidence import Compared, RowDifference
from django_switchback.rules.exhibits import RowDifferences
from django_switchback.rules.findings.findings import ROWS_PHRASES, comparison_finding
from django_switchback.rules.interface import Finding, Findings, Rule, TargetEvidence
from django_switchback.rules.selection.comparisons import reported_comparisons
from django_switchback.rules.selection.minimal_rows import minimal_rows
from django_switchback.rules.selection.steps import RequiredRows, rows_required_by_comparison
from django_switchback.rules.wording import count_rows, destructive_operations, dropped_rows, enumerate_items

CONTENT_TYPES = "django_content_type"
PERMISSIONS = "auth_permission"
NATURAL_KEYS = {CONTENT_TYPES: "app_label and model", PERMISSIONS: "content type and codename"}
"""What code looks up the rows of Django's own tables by."""
_CASCADE = {
    CONTENT_TYPES: "deletes every row that refers to it",
    PERMISSIONS: "takes it from every user and group that holds it",
}
LOSES_SLUG = "rollback-loses-data"
LEAVES_SLUG = "rollback-leaves-data"
_NEW_ROWS = RequiredRows("new", is_minimal=True)


def judge_lost(target: TargetEvidence) -> Findings:
    """Report lost rows and values; data dropped with tables that the migration created is a note."""
    comparisons = tuple(reported_comparisons(target, "restored"))
    lost = tuple(
        _loss_finding(target, comparison) for comparison in comparisons if _lost_or_changed(comparison)
    )
    lost += tuple(_existing_rows_findings(target, comparisons))
    # Notes come from each phase's last comparison only, which has the most rows.
    largest = {comparison.phase: comparison for comparison in comparisons}.values()
    return lost + tuple(
        _dropped_by_nature_finding(target, comparison)
        for comparison in largest
        if _has_rows(comparison.dropped_by_nature)
    )


def judge_left(target: TargetEvidence) -> Findings:
    """Report rows that the forward step inserted and the rollback did not delete.

    Rows that appear only after the new release has written are skipped: the reverse step converted them into
    rows of the old schema, or keeps what they refer to.
    """
    return tuple(
        _leftover_finding(target, comparison)
        for comparison in reported_comparisons(target, "restored")
        if _added_rows(comparison) and rows_required_by_comparison(target, comparison, left=True) != _NEW_ROWS
    )


def _lost_or_changed(comparison: Compared) -> tuple[RowDifference, ...]:
    return tuple(row for row in comparison.comparison.rows if row.lost or row.changed)


def _added_rows(comparison: Compared) -> tuple[RowDifference, ...]:
    return tuple(row for row in comparison.comparison.rows if row.added)


def _has_rows(differences: tuple[RowDifference, ...]) -> bool:
    return any(difference.lost or difference.changed or difference.added for difference in differences)


def _loss_finding(target: TargetEvidence, comparison: Compared) -> Finding:
    differences = _lost_or_changed(comparison)
    need = rows_required_by_comparison(target, comparison)
    lost, changed = count_rows(differences, "lost"), count_rows(differences, "changed")
    what = " and ".join(part for part in (lost and f"loses {lost}", changed and f"changes {changed}") if part)
    return comparison_finding(
        target,
        comparison,
        LOSES_SLUG,
        message=f"Rolling back {target.fact.id} {what}{_rows_suffix(need)}.",
        fix=_restore_fix(target, differences),
        exhibits=(RowDifferences(differences), *minimal_rows(target, comparison, "values")),
        need=need,
    )


def _rows_suffix(need: RequiredRows) -> str:
    if not need.reproducible:
        return ", once: a repeated run did not reproduce it"
    return f", {ROWS_PHRASES[need.rows]}" if need.is_minimal and need.rows in {"edge", "new"} else ""


def _restore_fix(target: TargetEvidence, differences: tuple[RowDifference, ...]) -> str:
    places = enumerate_items(
        [
            f"{difference.table} ({', '.join(columns)})" if columns else difference.table
            for difference in differences
            for columns in [[name for name in difference.columns if name not in difference.refers]]
            if columns or difference.lost
        ]
    )
    removals = destructive_operations(target.fact)
    sentences = [f"Make the reverse step restore the values of {places} as they were."] if places else []
    if places and removals:
        sentences.append(
            f"Keep a copy of what {removals} removes until the release can no longer be rolled back."
        )
    return " ".join([*sentences, *_reference_fixes(differences)])


def _reference_fixes(differences: tuple[RowDifference, ...]) -> Iterator[str]:
    """Yield a sentence for each of Django's tables whose rows now mean something else to those who refer."""
    for table, identity in NATURAL_KEYS.items():
        places = [
            f"{difference.table} ({column})"
            for difference in differences
            for column, referred in difference.refers.items()
            if referred == table
        ]
        if places:
            yield (
                f"Make {enumerate_items(places)} refer to the same as before: give the rows of {table} their "
                f"{identity} back by an update. Do not delete them: deleting one {_CASCADE[table]}."
            )


def _existing_rows_findings(target: TargetEvidence, comparisons: tuple[Compared, ...]) -> Iterator[Finding]:
    """Yield a warning about rows that the target finds in place of its own, if their table loses no other."""
    reported = {row.table for comparison in comparisons for row in _lost_or_changed(comparison)}
    for record in target.existing_rows_lost:
        rows = tuple(row for row in record.rows if row.table not in reported)
        if rows:
            yield _existing_rows_finding(target, rows)


def _existing_rows_finding(target: TargetEvidence, rows: tuple[RowDifference, ...]) -> Finding:
    lost, changed = count_rows(rows, "lost"), count_rows(rows, "changed")
    what = " and ".join(
        part for part in (lost and f"deletes {lost}", changed and f"changes {changed}") if part
    )
    return Finding(
        rule=LOSES_SLUG,
        severity="warning",
        message=(
            f"Rolling back {target.fact.id} {what} that may have been there before it: the forward step "
            "inserts no row if it finds one, and the reverse does not tell them apart."
        ),
        phase="cycle",
        fix=(
            f"Let the reverse delete only rows of {enumerate_items([row.table for row in rows])} that the "
            "forward step inserted, by a mark that it gives them (in the defaults of get_or_create) or by "
            "their recorded keys, or let it leave them. If nobody else can have made such rows, acknowledge "
            "the warning."
        ),
        phases=("cycle",),
        exhibits=(RowDifferences(rows),),
    )


def _dropped_by_nature_finding(target: TargetEvidence, comparison: Compared) -> Finding:
    gone = tuple(
        msgspec.structs.replace(row, lost=row.lost or row.changed or row.added, added=0, changed=0)
        for row in comparison.dropped_by_nature
    )
    what = enumerate_items([dropped_rows(row) for row in gone if row.lost])
    finding = comparison_finding(
        target,
        comparison,
        LOSES_SLUG,
        message=(
            f"Rolling back {target.fact.id} drops the tables or columns that it created, with the data "
            f"stored in them since: {what}."
        ),
        fix="Nothing to correct. Export data that must survive before rolling back.",
        exhibits=(RowDifferences(comparison.dropped_by_nature, by_nature=True),),
        need=RequiredRows(comparison.rows_on_board),
    )
    return msgspec.structs.replace(finding, severity="info")


def _leftover_finding(target: TargetEvidence, comparison: Compared) -> Finding:
    differences = _added_rows(comparison)
    need = rows_required_by_comparison(target, comparison, left=True)
    what = count_rows(differences, "added")
    are = "is" if sum(row.added for row in differences) == 1 else "are"
    return comparison_finding(
        target,
        comparison,
        LEAVES_SLUG,
        message=(
            f"After rolling back {target.fact.id}, {what} that it inserted {are} still "
            f"there{_rows_suffix(need)}."
        ),
        fix=_delete_fix(tuple(row.table for row in differences)),
        exhibits=(RowDifferences(differences), *minimal_rows(target, comparison, "left")),
        need=need,
    )


def _delete_fix(tables: tuple[str, ...]) -> str:
    plain = [table for table in tables if table not in NATURAL_KEYS]
    sentences = []
    if plain:
        places = enumerate_items(plain)
        sentences.append(
            f"Make the reverse step delete the rows that the forward step inserts into {places}."
        )
    sentences += [
        f"If the forward step changed rows of {table}, give them their {identity} back by an update. "
        f"Delete only rows that no other row refers to: deleting one {_CASCADE[table]}."
        for table, identity in NATURAL_KEYS.items()
        if table in tables
    ]
    return " ".join(sentences)


LOST = Rule(
    slug=LOSES_SLUG,
    group="rollback",
    severity="error",
    condition=(
        "Rolling back loses or changes values in tables and columns of the old schema, in rows written "
        "before or after the migration. Data that is dropped together with tables and columns that the "
        "migration itself created is only a note. It is a warning if rows that the forward step found there, "
        "and therefore did not insert, are deleted as if it had."
    ),
    effect="Users' data are gone after a rollback that reported success.",
    remedy=(
        "Make the reverse step restore the values. Data that a destructive operation removes can only be "
        "restored from a copy: keep one, or remove the data one release later. Delete only rows that the "
        "forward step inserted."
    ),
    judge=judge_lost,
)

LEFT = Rule(
    slug=LEAVES_SLUG,
    group="rollback",
    severity="error",
    condition="Rows that the forward step inserted are still there after rolling back.",
    effect=(
        "The old release reads rows that it never wrote, and applying the migration again inserts them "
        "twice or fails on a duplicate key."
    ),
    remedy="Make the reverse step delete exactly the rows that the forward step inserts.",
    judge=judge_left,
)
