"""Rows that a target inserts into tables of others, and deletes again."""

from __future__ import annotations

from collections.abc import Mapping

from django_switchback.worker.compare.inserted_rows import deleted_again, inserted_keys
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
    """All rows of a table count of which the rollback deletes one; a no-op deletes none."""
    left = taken(label={"1": "old", "2": "general"}, note={"1": "old"})
    assert deleted_again(inserted_keys(BEFORE, AFTER), BEFORE) == {"label": {("2",)}}
    assert deleted_again(inserted_keys(BEFORE, AFTER), left) == {}
