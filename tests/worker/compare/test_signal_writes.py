"""What receivers write is left out row by row, column by column, and only what the control writes too."""

from __future__ import annotations

from collections.abc import Mapping

from django_switchback.worker.compare.signal_writes import (
    NO_WRITES,
    at_every_migrate,
    leave_out,
    merge_writes,
    writes_between,
)
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.snapshot.interface import CatalogueObject, TableRows

Rows = Mapping[str, Mapping[str, str | None]]


def snapshot(rows: Rows, *indexes: str) -> Snapshot:
    """Return a snapshot of one table with the columns ``name`` and ``updated``, and ``indexes``."""
    content = TableRows(
        ("id",), ("id", "name", "updated"), {(key,): {"id": key, **row} for key, row in rows.items()}
    )
    schema = {("index", name): CatalogueObject("job", {}, ()) for name in indexes}
    return Snapshot(schema, {"job": content}, {"job": content}, {"job": str(sorted(rows.items()))})


BEFORE = snapshot({"1": {"name": "a", "updated": "old"}, "2": {"name": "b", "updated": "old"}})
REFRESHED = snapshot({"1": {"name": "a", "updated": "new"}, "2": {"name": "b", "updated": "old"}})


def texts(found: Snapshot) -> dict[str | None, tuple[str | None, str | None]]:
    """Return the values of the rows by their keys."""
    return {key[0]: (row["name"], row["updated"]) for key, row in found.rows["job"].rows.items()}


def test_an_observed_cell_is_left_out_and_another_cell_is_not() -> None:
    """Another column of the same row, and the same column of another row, stay as they are."""
    now = snapshot({"1": {"name": "lost", "updated": "later"}, "2": {"name": "b", "updated": "lost"}})
    assert texts(leave_out(writes_between(BEFORE, REFRESHED), now, BEFORE)) == {
        "1": ("lost", "old"),
        "2": ("b", "lost"),
    }


def test_what_the_control_does_not_write_is_not_left_out() -> None:
    """A receiver that writes only because of the migration excuses nothing."""
    observed = writes_between(BEFORE, REFRESHED)
    assert leave_out(at_every_migrate(observed, NO_WRITES), REFRESHED, BEFORE) == REFRESHED
    other_row = writes_between(
        BEFORE, snapshot({"1": {"name": "a", "updated": "old"}, "2": {"name": "b", "updated": "x"}})
    )
    assert texts(leave_out(at_every_migrate(observed, other_row), REFRESHED, BEFORE)) == texts(BEFORE)


def test_an_added_and_a_deleted_row_are_left_out_and_others_are_not() -> None:
    """The row that a receiver added is taken out, the one that it deleted is put back."""
    first, second = {"name": "a", "updated": "old"}, {"name": "c", "updated": None}
    writes = writes_between(BEFORE, snapshot({"1": first, "3": second}))
    now = snapshot({"3": second, "4": second})
    assert texts(leave_out(writes, now, BEFORE)) == {"2": ("b", "old"), "4": ("c", None)}
    only_changes = at_every_migrate(writes, writes_between(BEFORE, REFRESHED))
    assert texts(leave_out(only_changes, now, BEFORE)) == texts(now)


def test_an_object_that_receivers_create_is_left_out() -> None:
    """An index that is created at every migrate is no difference; another one is."""
    created = writes_between(BEFORE, BEFORE._replace(schema=snapshot({}, "theirs").schema))
    now = BEFORE._replace(schema=snapshot({}, "theirs", "left").schema)
    assert leave_out(created, now, BEFORE).schema.keys() == {("index", "left")}


def test_the_writes_of_several_signals_are_merged() -> None:
    """What either signal wrote is left out."""
    later = snapshot({"1": {"name": "a", "updated": "new"}, "2": {"name": "c", "updated": "old"}})
    merged = merge_writes((writes_between(BEFORE, REFRESHED), writes_between(REFRESHED, later)))
    assert texts(leave_out(merged, later, BEFORE)) == texts(BEFORE)
