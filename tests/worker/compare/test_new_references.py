"""Values that a reverse step takes from rows of the new release."""

from __future__ import annotations

from collections.abc import Mapping

from django_switchback.worker.compare.new_references import without_values_of_new_rows
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.snapshot.interface import CatalogueObject, Schema, TableRows

SCHEMA: Schema = {
    ("column", "link.part"): CatalogueObject("link", {"type": "bigint"}, ("part",)),
    ("constraint", "link.key"): CatalogueObject("link", {"type": "foreign key"}, ("part",), ("part", "id")),
}


def taken(**tables: Mapping[str, Mapping[str, str | None]]) -> Snapshot:
    """Return a snapshot with the rows of each table by key; all rows of a table have the same columns."""
    rows = {
        table: TableRows(
            ("id",),
            ("id", *next(iter(content.values()))),
            {(key,): {"id": key, **row} for key, row in content.items()},
        )
        for table, content in tables.items()
    }
    return Snapshot(SCHEMA, rows, rows, {})


PARTS: Mapping[str, Mapping[str, str | None]] = {"1": {"box": None}, "2": {"box": None}, "3": {"box": "8"}}
LINKS: Mapping[str, Mapping[str, str | None]] = {"5": {"part": "1", "box": "7"}}
AFTER = taken(part={"1": {}, "2": {}, "3": {}}, link=LINKS)
RESTORED = taken(part={"1": {"box": "7"}, "2": {"box": "7"}, "3": {"box": "9"}})


def boxes(before: Snapshot, after: Snapshot = AFTER) -> list[str | None]:
    """Return the boxes of the parts after the rollback, by which the rows are compared."""
    written = {"link": {("5",)}}
    restored = without_values_of_new_rows(before, after, AFTER, RESTORED, written)
    return [row["box"] for row in restored.rows["part"].rows.values()]


def test_only_what_a_new_row_holds_is_left_out() -> None:
    """Another part without a box has been changed, and so has one that had another box."""
    assert boxes(taken(part=PARTS)) == [None, "7", "9"]


def test_a_reference_or_column_that_stays_takes_nothing() -> None:
    """The reverse writes a column of the new release, or from a reference that the old one knows too."""
    assert boxes(taken(part=PARTS, link=LINKS)) == ["7", "7", "9"]
    assert boxes(taken(part=PARTS), taken(part=PARTS)) == ["7", "7", "9"]
