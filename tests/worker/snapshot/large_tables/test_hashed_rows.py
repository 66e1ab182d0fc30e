"""Many rows, kept as hashes: what is said of them is what is said of rows that are kept whole."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

import msgspec
import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.evidence import RowDifference, RowExample
from django_switchback.worker.snapshot import reading
from django_switchback.worker.snapshot.compare_rows import compare_rows, dropped_rows
from django_switchback.worker.snapshot.interface import RowKey, RowSet
from django_switchback.worker.snapshot.large_tables import hashed_rows
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows

from ..support import in_small_portions, run, undone

TABLES = """
CREATE TABLE numbered (id integer PRIMARY KEY, name varchar(20), price numeric(6, 2));
CREATE TABLE named (code varchar(20) PRIMARY KEY, name varchar(20));
CREATE TABLE paired (a integer, b varchar(9), name varchar(20), PRIMARY KEY (a, b));
CREATE TABLE keyless (a integer, name varchar(20));
INSERT INTO numbered VALUES (-1, NULL, 1), (1, 'one', 1.50), (2, 'two', NULL), (10, '1', 0), (9, 'x,"''', 3);
INSERT INTO named VALUES ('a', 'one'), ('B', 'two'), ('ä "', NULL), ('z\\', 'four');
INSERT INTO paired VALUES (1, 'x', 'one'), (1, 'y', 'two'), (2, 'x', NULL);
INSERT INTO keyless VALUES (1, 'one'), (1, 'one'), (2, NULL);
"""

CHANGES = {
    "nothing": "UPDATE numbered SET name = name;",
    "a value": "UPDATE numbered SET name = 'other' WHERE id = 2;",
    "to null": "UPDATE named SET name = NULL WHERE code = 'a';",
    "from null": "UPDATE paired SET name = '' WHERE a = 2;",
    "all values": "UPDATE numbered SET price = 7, name = 'same';",
    "a row is lost": "DELETE FROM numbered WHERE id = 1;\nDELETE FROM named WHERE code = 'B';",
    "a row is added": "INSERT INTO numbered VALUES (5, 'five', 5);\nINSERT INTO paired VALUES (0, 'a', 'b');",
    "the last is added": "INSERT INTO numbered VALUES (99, 'n', 9);\nUPDATE numbered SET name = '';",
    "all rows are lost": "DELETE FROM numbered;\nDELETE FROM keyless;\nDELETE FROM named;",
    "another key": "UPDATE named SET code = 'c' WHERE code = 'a';",
    "without a key": "UPDATE keyless SET name = 'two' WHERE a = 1;",
    "one of two equal": "INSERT INTO keyless VALUES (2, NULL);",
    "a column more": "ALTER TABLE numbered ADD COLUMN extra integer DEFAULT 4;",
    "a column less": "ALTER TABLE numbered DROP COLUMN price;\nALTER TABLE paired DROP COLUMN name;",
    "a column renamed": "ALTER TABLE numbered RENAME COLUMN name TO title;",
    "the key renamed": "ALTER TABLE numbered RENAME COLUMN id TO number;",
    "a table less": "DROP TABLE numbered;\nDROP TABLE keyless;",
}


class Compared(NamedTuple):
    """What was found, and what went."""

    found: tuple[RowDifference, ...]
    gone: tuple[RowDifference, ...]


@pytest.fixture(autouse=True, params=[2, 8192], ids=["small portions", "one portion"])
def portion(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few rows be many portions, or one."""
    in_small_portions(monkeypatch, request.param)


@pytest.fixture
def tables(database: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to a few tables, which are gone afterwards."""
    with undone(database):
        run(database, TABLES)
        yield database


def taken(connection: BaseDatabaseWrapper, earlier: RowSet) -> tuple[RowSet, RowSet]:
    """Return all rows, whole and as hashes."""
    schema = reading.schema(connection)
    many, _ = reading.refresh(connection, schema, earlier, {}, unhashed_tables=())
    return reading.rows(connection, schema), many


def counted(differences: tuple[RowDifference, ...]) -> list[RowDifference]:
    """Return ``differences`` without their examples."""
    return [msgspec.structs.replace(difference, examples=()) for difference in differences]


def examples(differences: tuple[RowDifference, ...]) -> list[tuple[str, RowExample]]:
    """Return the examples, each with its table."""
    return [(difference.table, example) for difference in differences for example in difference.examples]


@pytest.mark.parametrize("change", CHANGES)
def test_hashes_say_what_rows_say(
    tables: BaseDatabaseWrapper, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts and columns are the same, whichever way rows were kept; what is shown is among all there is."""
    whole, many = taken(tables, {})
    run(tables, CHANGES[change])
    whole_then, many_then = taken(tables, many)
    monkeypatch.setattr("django_switchback.worker.snapshot.compare_rows.MAX_EXAMPLES", 100)
    said = False
    for found, true in (
        (compare_rows(many, many_then), compare_rows(whole, whole_then)),
        (dropped_rows(many, many_then), dropped_rows(whole, whole_then)),
    ):
        assert counted(found) == counted(true)
        assert all(example in examples(true) for example in examples(found))
        assert all(difference.examples for difference in found)
        said = said or bool(found)
    assert said == (change not in {"nothing", "a column more"})


def test_keys_are_in_order(tables: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever order rows were written, their keys come in the order in which they are searched."""
    in_small_portions(monkeypatch, 100)
    numbers = list(range(100, 1100))
    Random(0).shuffle(numbers)
    for table, column, value in (
        ("numbered", "id", "{}"),
        ("named", "code", "'k{} !'"),
        ("keyless", "a", "{}"),
    ):
        values = ", ".join(f"({value.format(number)})" for number in numbers)
        run(tables, f"INSERT INTO {table} ({column}) VALUES {values};\n")
    _, many = taken(tables, {})
    for table in ("numbered", "named", "keyless"):
        rows = many[table].rows
        assert isinstance(rows, HashedRows)
        assert list(rows.ids) == sorted(rows.ids)
        assert [rows.position(key) for key in rows] == list(range(len(rows)))


def test_what_is_ignored_is_not_added(tables: BaseDatabaseWrapper) -> None:
    """Rows that we wrote ourselves are none that were left over; others are."""
    _, before = taken(tables, {})
    run(tables, "INSERT INTO numbered VALUES (20, 'ours', 1), (21, 'left', 1);\n")
    _, after = taken(tables, before)
    (found,) = compare_rows(before, after, ignore_added={"numbered": {("20",)}})
    assert (found.added, [example.key for example in found.examples]) == (1, [{"id": "21"}])
    assert not compare_rows(before, after, ignore_added={"numbered": {("20",), ("21",)}})


def test_values_are_known_of_the_ends(tables: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the first and the last rows, a row that changed is told by its key; counts are exact."""
    for module in ("sqlite", "postgresql"):
        monkeypatch.setattr(f"django_switchback.worker.snapshot.{module}.hashed_rows.MAX_KNOWN_VALUES", 1)
    _, before = taken(tables, {})
    run(tables, "UPDATE numbered SET name = 'other' WHERE id = 2;\n")
    _, after = taken(tables, before)
    (found,) = compare_rows(before, after)
    (example,) = found.examples
    assert (found.changed, found.columns, example.key, example.before) == (1, ("name",), {"id": "2"}, {})
    run(tables, "UPDATE numbered SET name = 'last' WHERE id = 10;\n")
    _, then = taken(tables, after)
    (found,) = compare_rows(before, then)
    rows = before["numbered"].rows
    assert isinstance(rows, HashedRows)
    assert (found.changed, found.examples[0].before, found.examples[0].after) == (
        2,
        {"name": rows.known[("10",)]["name"]},
        {"name": "last"},
    )


def test_values_can_be_asked_for(tables: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """The values of certain rows are read by their keys, numbers and others; what is missing is left out."""
    for module in ("sqlite", "postgresql"):
        monkeypatch.setattr(f"django_switchback.worker.snapshot.{module}.hashed_rows.MAX_KNOWN_VALUES", 0)
    schema = reading.schema(tables)
    whole, many = taken(tables, {})
    keys: dict[str, set[RowKey]] = {
        "numbered": {("2",), ("77",)},
        "named": {("ä \"",), ("z\\",)},
        "paired": {("1", "y")},
    }  # fmt: skip
    known = reading.with_known_values(tables, schema, many, keys)
    for table, wanted in keys.items():
        there = {key: whole[table].rows[key] for key in wanted if key in whole[table].rows}
        assert there
        assert hashed_rows.choose_rows(known, keys)[table].rows == there


def test_new_rows_without_a_key(tables: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of rows that nothing tells apart some may not be known: they are new all the same, and left out."""
    for module in ("sqlite", "postgresql"):
        monkeypatch.setattr(f"django_switchback.worker.snapshot.{module}.hashed_rows.MAX_KNOWN_VALUES", 1)
    _, before = taken(tables, {})
    run(tables, "INSERT INTO keyless VALUES (1, 'one'), (7, 'new');\n")
    _, after = taken(tables, before)
    new = after["keyless"].rows.keys() - before["keyless"].rows.keys()
    assert len(new) == 2
    assert len(hashed_rows.choose_rows(after, {"keyless": new})["keyless"].rows) < 2


def test_what_is_equal_is_held_once(tables: BaseDatabaseWrapper) -> None:
    """A column that did not change takes no room again, however many moments there are."""
    _, before = taken(tables, {})
    run(tables, "UPDATE numbered SET name = 'other' WHERE id = 2;\n")
    _, after = taken(tables, before)
    ours, theirs = before["numbered"].rows, after["numbered"].rows
    assert isinstance(ours, HashedRows)
    assert isinstance(theirs, HashedRows)
    assert ours.ids == theirs.ids
    assert ours.hashes["price"] == theirs.hashes["price"]
    assert ours.hashes["name"] != theirs.hashes["name"]
