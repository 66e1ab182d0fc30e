"""Rows that a target inserts into tables of others, and deletes again."""

from __future__ import annotations

from collections.abc import Mapping

from django_switchback.worker.compare.inserted_rows import inserted_keys, reinserted_rows
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.snapshot.interface import TableRows


def taken(*, bulk: bool = False, **names: Mapping[str, str]) -> Snapshot:
    """Return a snapshot with the names of each table's rows by key."""
    rows = {
        table: TableRows(
            ("id",), ("id", "name"), {(key,): {"id": key, "name": name} for key, name in content.items()}
        )
        for table, content in names.items()
    }
    return Snapshot({}, rows, rows, {}, bulk)


BEFORE = taken(label={"1": "old"}, note={"1": "old"})
AFTER = taken(label={"1": "old", "2": "general"}, note={"1": "old"}, line={"1": "own"})


def test_rows_of_a_new_table_are_not_among_inserted_ones() -> None:
    """The rollback drops that table with its rows; hashed rows are not known."""
    assert inserted_keys(BEFORE, AFTER) == {"label": {("2",)}}
    assert inserted_keys(BEFORE, AFTER._replace(bulk=True)) == {}


def test_rows_count_where_the_rollback_deletes() -> None:
    """The rows of the second application are returned, whose keys are free before it."""
    again = taken(label={"1": "old", "3": "general"}, note={"1": "old"})
    found = reinserted_rows(inserted_keys(BEFORE, AFTER), BEFORE, again)
    assert {table: list(content.rows) for table, content in found.items()} == {"label": [("3",)]}


def test_rows_that_the_rollback_leaves_do_not_count() -> None:
    """A reverse that does nothing deletes nobody's row."""
    left = taken(label={"1": "old", "2": "general"}, note={"1": "old"})
    again = taken(label={"1": "old", "2": "general", "3": "general"}, note={"1": "old"})
    assert reinserted_rows(inserted_keys(BEFORE, AFTER), left, again) == {}
