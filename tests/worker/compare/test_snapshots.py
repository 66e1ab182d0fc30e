"""What two moments differ in, and what of it a target answers for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from django_switchback.evidence import Comparison, Difference, RowDifference
from django_switchback.worker.compare.django_rows import CONTENT_TYPES, PERMISSIONS
from django_switchback.worker.compare.side_effects import apply_side_effects
from django_switchback.worker.compare.snapshots import (
    Snapshot,
    added_keys,
    changed,
    changed_tables,
    differing_tables,
    dropped_with_target,
    reapply_difference,
    rollback_difference,
)
from django_switchback.worker.compare.unwind_losses import UnwindSnapshots, unwind_losses
from django_switchback.worker.snapshot.interface import CatalogueObject, RowKey, RowTexts, TableRows

Rows = Mapping[str, Mapping[str, str | None]]


def moment(rows: Rows, *, table: str = "post", types: Mapping[str, str] | None = None) -> Snapshot:
    """Return a moment of one table with key ``id``; ``types`` are of its columns, ``text`` if not given."""
    columns = ("id", *dict.fromkeys(column for row in rows.values() for column in row))
    schema = {("table", table): CatalogueObject(None, {}, (table,))} | {
        ("column", f"{table}.{column}"): CatalogueObject(
            table, {"type": (types or {}).get(column, "text")}, (column,)
        )
        for column in columns
    }
    content = TableRows(("id",), columns, {(key,): {"id": key, **row} for key, row in rows.items()})
    return Snapshot(schema, {table: content}, {table: content}, {table: str(sorted(rows.items()))})


BEFORE = moment({"1": {"title": "One"}, "2": {"title": "Two"}})


def restored(
    rows: Rows, *, after: Snapshot = BEFORE, loaded: Snapshot | None = None, written: tuple[str, ...] = ()
) -> list[tuple[int, int, int]]:
    """Return lost, added and changed rows of each table after a rollback that left ``rows``."""
    keys = {"post": {(key,) for key in written}}
    found = rollback_difference(BEFORE, after, loaded or after, moment(rows), written=keys, signalled={})
    return [(row.lost, row.added, row.changed) for row in found.rows]


def test_what_is_as_it_was_is_no_difference() -> None:
    """The clean twin of all that follows."""
    assert restored({"1": {"title": "One"}, "2": {"title": "Two"}}) == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({"1": {"title": "One"}}, [(1, 0, 0)]),
        ({"1": {"title": "One"}, "2": {"title": "two"}}, [(0, 0, 1)]),
        ({"1": {"title": "One"}, "2": {"title": "Two"}, "3": {"title": "Three"}}, [(0, 1, 0)]),
    ],
)
def test_old_rows_have_to_be_what_they_were(rows: Rows, expected: object) -> None:
    """A row that is lost, changed or too many after the rollback is told."""
    assert restored(rows) == expected


def test_new_rows_may_stay_and_have_to() -> None:
    """A row that we wrote after the target is no leftover; its loss is a loss."""
    loaded = moment({"1": {"title": "One"}, "2": {"title": "Two"}, "9": {"title": "New"}})
    kept = {"1": {"title": "One"}, "2": {"title": "Two"}, "9": {"title": "New"}}
    assert restored(kept, loaded=loaded, written=("9",)) == []
    assert restored(BEFORE_ROWS, loaded=loaded, written=("9",)) == [(1, 0, 0)]
    cut = {**kept, "9": {"title": "Ne"}}
    assert restored(cut, loaded=loaded, written=("9",)) == [(0, 0, 1)]


def test_old_and_new_rows_of_a_table_are_counted_together() -> None:
    """A table is told once, with the rows from before and after the target that it lost or that changed."""
    loaded = moment({**BEFORE_ROWS, "8": {"title": "New"}, "9": {"title": "New"}})
    keys = {"post": {("8",), ("9",)}}
    left = moment({"2": {"title": "two"}, "8": {"title": "new"}})
    [found] = rollback_difference(BEFORE, loaded, loaded, left, written=keys, signalled={}).rows
    assert (found.lost, found.changed, found.columns) == (2, 2, ("title",))
    assert [(example.change, example.key["id"]) for example in found.examples] == [
        ("lost", "1"),
        ("lost", "9"),
        ("changed", "2"),
        ("changed", "8"),
    ]


BEFORE_ROWS: Rows = {"1": {"title": "One"}, "2": {"title": "Two"}}


def test_a_value_that_the_target_converts_may_come_back_converted() -> None:
    """Where the target changes a column of old rows, its rollback may change it of new rows."""
    after = moment({"1": {"title": "ONE"}, "2": {"title": "TWO"}})
    loaded = moment({"1": {"title": "ONE"}, "2": {"title": "TWO"}, "9": {"title": "NEW"}})
    rows = {**BEFORE_ROWS, "9": {"title": "new"}}
    assert restored(rows, after=after, loaded=loaded, written=("9",)) == []


def test_a_value_that_the_old_column_cannot_hold_may_change() -> None:
    """A rollback may shorten what a new row has beyond the old column's length, and nothing else."""
    old = {"title": "varchar(3)"}
    before = moment(BEFORE_ROWS, types=old)
    loaded = moment({**BEFORE_ROWS, "8": {"title": "Long title"}, "9": {"title": "New"}})
    found = [
        rollback_difference(
            before,
            moment(BEFORE_ROWS),
            loaded,
            moment({**BEFORE_ROWS, "8": {"title": "Lon"}, "9": {"title": title}}, types=old),
            written={"post": {("8",), ("9",)}},
            signalled={},
        ).rows
        for title in ("New", "Old")
    ]
    assert found[0] == ()
    assert [(difference.changed, difference.examples[0].key) for difference in found[1]] == [(1, {"id": "9"})]


def test_content_types_are_no_leftovers() -> None:
    """Django takes no content type away, nor the permissions of one: nobody left them."""
    types = moment({}, table=CONTENT_TYPES)
    before = types._replace(
        rows={
            CONTENT_TYPES: TableRows(("app_label", "model"), ("app_label", "model"), {}),
            PERMISSIONS: TableRows(("content_type", "codename"), ("content_type", "codename"), {}),
        }
    )

    def left(content_type: bool) -> list[tuple[str, int]]:
        rows: dict[str, Mapping[RowKey, RowTexts]] = {
            PERMISSIONS: {("blog.tag", "publish"): {"content_type": "blog.tag", "codename": "publish"}},
            CONTENT_TYPES: {("blog", "tag"): {"app_label": "blog", "model": "tag"}} if content_type else {},
        }
        after = before._replace(
            rows={table: content._replace(rows=rows[table]) for table, content in before.rows.items()}
        )
        found = rollback_difference(before, before, after, after, written={}, signalled={})
        return [(row.table, row.added) for row in found.rows]

    assert left(content_type=True) == []
    assert left(content_type=False) == [(PERMISSIONS, 1)]


def test_a_second_way_forward_is_compared_in_what_was_there_before() -> None:
    """What the target makes itself has new keys each time; what it does to old rows has to be the same."""
    after = moment({"1": {"title": "one"}, "2": {"title": "two"}, "3": {"title": "made"}})
    again = moment({"1": {"title": "one"}, "2": {"title": "two"}, "4": {"title": "made"}})
    assert reapply_difference(after, again, bounds=BEFORE).rows == ()
    random = moment({"1": {"title": "one"}, "2": {"title": "x7f3"}})
    assert [row.changed for row in reapply_difference(after, random, bounds=BEFORE).rows] == [1]


def test_an_unwind_asks_only_for_what_the_rollback_took() -> None:
    """A null that was written at head and is filled on the way up is no loss; a value that was cleared is."""
    top = moment({"1": {"slug": None}, "2": {"slug": "by-hand"}})
    filled = moment({"1": {"slug": "one"}, "2": {"slug": "by-hand"}})
    kept = unwind_losses(
        UnwindSnapshots(top, after_rollback=top, before_reapply=top, after_reapply=filled), bounds=top
    )
    assert kept.rows == ()
    cleared = moment({"1": {"slug": None}, "2": {"slug": None}})
    derived = moment({"1": {"slug": "one"}, "2": {"slug": "two"}})
    lost = unwind_losses(
        UnwindSnapshots(top, after_rollback=cleared, before_reapply=cleared, after_reapply=derived),
        bounds=top,
    )
    assert [row.changed for row in lost.rows] == [1]


def test_an_unwind_leaves_rows_alone_that_only_the_way_up_deletes() -> None:
    """A row written at head that the target deletes is no loss; one that its rollback deleted is."""
    top = moment(BEFORE_ROWS)
    fewer = moment({"1": {"title": "One"}})
    for below in (top, fewer):  # this one's way up, or another's
        assert (
            unwind_losses(
                UnwindSnapshots(top, after_rollback=top, before_reapply=below, after_reapply=fewer),
                bounds=top,
            ).rows
            == ()
        )
    lost = unwind_losses(
        UnwindSnapshots(top, after_rollback=fewer, before_reapply=fewer, after_reapply=fewer), bounds=top
    )
    assert [row.lost for row in lost.rows] == [1]


def test_an_unwind_asks_for_no_value_that_the_schema_below_cannot_hold() -> None:
    """What the rollback had to shorten is not asked for again; what it could have kept is."""
    top = moment({"1": {"title": "Long title"}, "2": {"title": "Two"}}, types={"title": "varchar(20)"})
    floor = moment({"1": {"title": "Lon"}, "2": {"title": "new"}}, types={"title": "varchar(3)"})
    again = moment({"1": {"title": "Lon"}, "2": {"title": "new"}}, types={"title": "varchar(20)"})
    (found,) = unwind_losses(
        UnwindSnapshots(top, floor, before_reapply=floor, after_reapply=again), bounds=floor
    ).rows
    assert [example.key for example in found.examples] == [{"id": "2"}]


def test_an_unwind_asks_for_no_value_of_a_column_whose_name_was_another_ones() -> None:
    """``data`` was renamed and made anew: what is in the new one goes with it; beside it a loss is told."""
    top = moment({"1": {"data": "{1}", "old": "one", "title": "One"}})
    floor = moment({"1": {"data": "one", "title": "One"}})
    again = moment({"1": {"data": "{}", "old": "one", "title": "One"}})
    assert (
        unwind_losses(
            UnwindSnapshots(top, floor, before_reapply=floor, after_reapply=again), bounds=floor
        ).rows
        == ()
    )
    cleared = moment({"1": {"data": "one", "title": None}})
    derived = moment({"1": {"data": "{}", "old": "one", "title": "?"}})
    (found,) = unwind_losses(
        UnwindSnapshots(top, cleared, before_reapply=cleared, after_reapply=derived), bounds=floor
    ).rows
    assert found.columns == ("title",)
    nothing = moment({"1": {"data": "{1}", "old": None, "title": "One"}})
    lost = unwind_losses(
        UnwindSnapshots(nothing, cleared, before_reapply=cleared, after_reapply=derived), bounds=floor
    ).rows
    assert lost[0].columns == ("data", "title")


def test_tables_of_a_comparison() -> None:
    """A comparison concerns the tables whose schema or rows differ, made and dropped ones among them."""
    schema = (
        Difference("table", "tag", "extra"),
        Difference("sequence", "post_id_seq", "different", "post", "position", "ok", "behind"),
        Difference("function", "public.f()", "missing"),
    )
    rows = (RowDifference("log", added=1),)
    assert differing_tables(Comparison(schema, rows)) == {"tag", "post", "log"}


def test_rows_that_only_signals_touch_do_not_make_a_table_touched() -> None:
    """A table counts as touched where the target itself changed its schema or rows."""
    later = moment({**BEFORE_ROWS, "3": {"title": "Three"}})
    assert added_keys(BEFORE, later) == {"post": {("3",)}}
    assert changed_tables(BEFORE, later, {"post": {("3",)}}) == ()
    assert changed_tables(BEFORE, later, {}) == ("post",)
    assert changed_tables(BEFORE, moment(BEFORE_ROWS, types={"title": "varchar"}), {}) == ("post",)


def test_rows_of_a_renamed_table_are_followed() -> None:
    """New rows that were written under the new name are found under the old one, and are no leftovers."""
    after = moment(BEFORE_ROWS, table="article")
    loaded = moment({**BEFORE_ROWS, "9": {"title": "New"}}, table="article")
    back = moment({**BEFORE_ROWS, "9": {"title": "New"}})
    keys = {"article": {("9",)}}
    assert rollback_difference(BEFORE, after, loaded, back, written=keys, signalled={}).rows == ()
    assert dropped_with_target(BEFORE, after, loaded, back) == ()
    lost = rollback_difference(BEFORE, after, loaded, BEFORE, written=keys, signalled={}).rows
    assert [(difference.table, difference.lost) for difference in lost] == [("post", 1)]


def test_another_table_is_not_taken_for_a_renamed_one() -> None:
    """A table that came while another went is its own where the rows are others."""
    other = moment({"7": {"title": "Else"}}, table="article")
    assert [difference.table for difference in dropped_with_target(BEFORE, other, other, BEFORE)] == [
        "article"
    ]


def test_what_new_rows_change_in_old_ones_is_none_of_the_rollbacks_doing() -> None:
    """A parent that counts a child written since is expected to; what the target converted stays expected."""
    before = moment({"1": {"children": "0", "name": "one"}})
    after = moment({"1": {"children": "0", "name": "ONE"}})
    loaded = moment({"1": {"children": "1", "name": "ONE!"}, "2": {"children": "0", "name": "TWO"}})
    expected = apply_side_effects(before, after, loaded)
    assert expected.rows["post"].rows == {("1",): {"id": "1", "children": "1", "name": "one"}}
    again = apply_side_effects(after, after, loaded)
    assert again.rows["post"].rows == {("1",): {"id": "1", "children": "1", "name": "ONE!"}}
    assert apply_side_effects(before, after, after).rows == before.rows


def test_a_sequence_is_a_part_of_the_schema() -> None:
    """A sequence that is made or altered is a change; its position among the rows is none by itself."""

    def with_sequence(**attributes: str) -> Snapshot:
        sequence = CatalogueObject(None, attributes)
        return BEFORE._replace(schema={**BEFORE.schema, ("sequence", "numbers"): sequence})

    assert changed(BEFORE, with_sequence())
    assert changed(with_sequence(start="1"), with_sequence(start="5"))
    assert not changed(with_sequence(position="behind"), with_sequence(position="ok"))
