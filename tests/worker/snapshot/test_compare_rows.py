"""The comparison of the rows of two moments."""

from __future__ import annotations

from django_switchback.evidence import RowDifference, RowExample
from django_switchback.worker.snapshot.compare_rows import compare_rows, dropped_rows, without_added
from django_switchback.worker.snapshot.interface import RowSet, TableRows
from django_switchback.worker.snapshot.table_layout import rows_by_values


def table(key: str, columns: str, *rows: tuple[str | None, ...]) -> TableRows:
    """Return rows with the columns named in one text each, under their key."""
    names, keys = tuple(columns.split()), tuple(key.split())
    made = [dict(zip(names, row, strict=True)) for row in rows]
    if not keys:
        return TableRows((), names, rows_by_values(made, names))
    return TableRows(keys, names, {tuple(row[name] for name in keys): row for row in made})


def counts(before: TableRows, after: TableRows) -> tuple[int, int, int] | None:
    """Return how many rows were lost, added and changed, or nothing where none was."""
    found = compare_rows({"t": before}, {"t": after})
    return (found[0].lost, found[0].added, found[0].changed) if found else None


OLD = table("id", "id name", ("1", "Ann"), ("2", "Bob"), ("3", None))


def test_equal_rows() -> None:
    """The same rows in another order are no difference."""
    assert counts(OLD, table("id", "id name", ("3", None), ("2", "Bob"), ("1", "Ann"))) is None


def test_lost_added_and_changed() -> None:
    """Each sort of change has its count and its example, with the key and the columns that differ."""
    new = table("id", "id name", ("1", "Ann"), ("2", None), ("4", "Dan"))
    assert compare_rows({"t": OLD}, {"t": new}) == (
        RowDifference(
            "t",
            1,
            1,
            1,
            ("name",),
            (
                RowExample("lost", {"id": "3"}, (), {"id": "3", "name": None}),
                RowExample("added", {"id": "4"}, (), {}, {"id": "4", "name": "Dan"}),
                RowExample("changed", {"id": "2"}, ("name",), {"name": "Bob"}, {"name": None}),
            ),
        ),
    )


def test_empty_is_not_null() -> None:
    """An empty text and no value are two values."""
    assert counts(table("id", "id v", ("1", "")), table("id", "id v", ("1", None))) == (0, 0, 1)


def test_three_examples_of_each_sort() -> None:
    """Counts are exact however many rows differ; examples are the first three, numbers in their order."""
    rows = [(str(number), "x") for number in range(1, 21)]
    (found,) = compare_rows({"t": table("id", "id v", *rows)}, {"t": table("id", "id v")})
    assert found.lost == 20
    assert [example.key["id"] for example in found.examples] == ["1", "2", "3"]


def test_only_what_both_have_is_compared() -> None:
    """Columns and tables of one side alone are no difference of rows."""
    new = table("id", "id more name", ("1", "x", "Ann"), ("2", "y", "Bob"), ("3", "z", None))
    assert compare_rows({"t": OLD, "gone": OLD}, {"t": new, "made": OLD}) == ()


def test_rows_of_our_own_are_not_added() -> None:
    """A row that we wrote in between is not added, one that somebody else wrote is."""
    new = table("id", "id name", ("1", "Ann"), ("2", "Bob"), ("3", None), ("4", "ours"), ("5", "theirs"))
    (found,) = compare_rows({"t": OLD}, {"t": new}, ignore_added={"t": [("4",)]})
    assert (found.lost, found.added, found.examples[0].key) == (0, 1, {"id": "5"})


def test_a_row_of_ours_from_before_is_compared() -> None:
    """Ignoring a key as added does not hide that the row under it changed or went."""
    new = table("id", "id name", ("1", "Ann"), ("2", "changed"))
    (found,) = compare_rows({"t": OLD}, {"t": new}, ignore_added={"t": [("2",), ("3",)]})
    assert (found.lost, found.changed) == (1, 1)


def test_rows_of_our_own_without_a_key() -> None:
    """In a table without a key, our row is left out and an equal one of somebody else is not."""
    old, new = table("", "v", ("a",)), table("", "v", ("a",), ("b",), ("b",))
    (found,) = compare_rows({"t": old}, {"t": new}, ignore_added={"t": [("b", "2")]})
    assert found.added == 1


def test_no_key_and_one_row_less() -> None:
    """Of equal rows without a key, one that is gone is one lost."""
    assert counts(table("", "v", ("a",), ("a",)), table("", "v", ("a",))) == (1, 0, 0)


def test_no_key_and_a_column_less() -> None:
    """Rows without a key are matched by the columns that both moments have."""
    assert counts(table("", "v w", ("a", "1"), ("b", "2")), table("", "v", ("b",), ("a",))) is None


def test_the_key_was_renamed() -> None:
    """Where the key only has another name, rows are matched by its values."""
    new = table("code", "code name", ("1", "Ann"), ("2", "Rob"), ("3", None))
    assert counts(OLD, new) == (0, 0, 1)


def test_another_key_over_the_same_columns() -> None:
    """Where the key moved to another column, rows are matched by the old one, which is still there."""
    old = table("id", "id slug", ("1", "a"), ("2", "b"))
    assert counts(old, table("slug", "id slug", ("1", "a"), ("2", "c"))) == (0, 0, 1)


def test_the_key_was_dropped() -> None:
    """Where one side has no key, the other's is used as long as it is unique there."""
    assert counts(OLD, table("", "id name", ("1", "Ann"), ("2", "Rob"), ("3", None))) == (0, 0, 1)
    assert counts(OLD, table("", "id name", ("1", "Ann"), ("1", "Ann"), ("3", None))) == (1, 1, 0)


def test_added_rows_can_be_left_out() -> None:
    """Of the tables asked for, only what was lost or changed is left."""
    new = table("id", "id name", ("1", "Ann"), ("2", "Bob"), ("4", "Dan"))
    found = compare_rows({"t": OLD, "u": OLD}, {"t": new, "u": new})
    assert [(row.lost, row.added, len(row.examples)) for row in without_added(found, {"t"})] == [
        (1, 0, 1),
        (1, 1, 2),
    ]
    more = table("id", "id name", ("1", "Ann"), ("2", "Bob"), ("3", None), ("5", "Eve"))
    assert without_added(compare_rows({"t": OLD}, {"t": more}), {"t"}) == ()


def test_dropped_columns_and_tables() -> None:
    """What went with a column counts the rows that had a value in it; what went with a table, its rows."""
    old: RowSet = {"t": OLD, "gone": table("", "v", ("a",), ("b",)), "bare": table("id", "id")}
    new: RowSet = {"t": table("id", "id", ("1",), ("2",), ("3",))}
    assert [(item.table, item.columns, item.lost) for item in dropped_rows(old, new)] == [
        ("gone", (), 2),
        ("t", ("name",), 2),
    ]
    assert dropped_rows(old, new)[1].examples[0] == RowExample(
        "lost", {"id": "1"}, ("name",), {"name": "Ann"}
    )
    assert dropped_rows(new, new) == ()
