"""Rows as exact text, on every engine: nothing lost, nothing that depends on the session."""

from __future__ import annotations

from itertools import permutations

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot import reading
from django_switchback.worker.snapshot.interface import CatalogueObject, RowSet, Schema
from django_switchback.worker.snapshot.table_layout import layouts

from .support import run, undone

LIBRARY = """
CREATE TABLE author (id integer PRIMARY KEY, name varchar(50));
CREATE TABLE "odd ""name"" %s" ("a,b" text, "100 %" integer, x integer);
CREATE TABLE pair (b integer, a integer, PRIMARY KEY (b, a));
CREATE TABLE django_migrations (id integer PRIMARY KEY, name text);
CREATE TABLE empty (id integer PRIMARY KEY);
CREATE VIEW names AS SELECT name FROM author;
INSERT INTO author VALUES (1, 'Ann'), (2, NULL), (3, '');
INSERT INTO "odd ""name"" %s" VALUES ('x', 1, NULL), ('x', 1, NULL), ('y', 2, 3);
INSERT INTO pair VALUES (1, 2), (2, 1);
INSERT INTO django_migrations VALUES (1, '0001_initial');
"""
ODD = 'odd "name" %s'


@pytest.fixture(scope="module")
def library(database: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """Give a database with rows."""
    run(database, LIBRARY)
    return database


@pytest.fixture(scope="module")
def schema(library: BaseDatabaseWrapper) -> Schema:
    """Give its schema."""
    return reading.schema(library)


def test_all_rows_of_all_tables(library: BaseDatabaseWrapper, schema: Schema) -> None:
    """Every table's rows are there by primary key; views and the recorder's table are left out."""
    rows = reading.rows(library, schema)
    assert set(rows) == {"author", ODD, "pair", "empty"}
    assert rows["author"].key == ("id",)
    assert rows["author"].rows[("2",)] == {"id": "2", "name": None}
    assert rows["author"].rows[("3",)] == {"id": "3", "name": ""}
    assert rows["pair"].key == ("b", "a")
    assert set(rows["pair"].rows) == {("1", "2"), ("2", "1")}
    assert rows["empty"].rows == {}


def test_rows_without_a_key_are_counted(library: BaseDatabaseWrapper, schema: Schema) -> None:
    """Equal rows of a table without a key are told apart by a running number."""
    odd = reading.rows(library, schema)[ODD]
    assert odd.key == ()
    assert len(odd.rows) == 3
    assert {key[-1] for key in odd.rows} == {"1", "2"}


def test_some_tables_only(library: BaseDatabaseWrapper, schema: Schema) -> None:
    """Only the tables asked for are read; a name that is none is left out."""
    assert set(reading.read_tables(library, schema, ["pair", "names", "nothing"])) == {"pair"}
    assert reading.read_tables(library, schema, []) == {}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE author SET name = 'ann' WHERE id = 1",
        "UPDATE author SET name = '' WHERE id = 2",
        "DELETE FROM author WHERE id = 3",
        "INSERT INTO author VALUES (4, NULL)",
        "ALTER TABLE author ADD COLUMN more integer",
        "ALTER TABLE author RENAME COLUMN name TO other",
    ],
)
def test_refresh_rereads_what_changed(library: BaseDatabaseWrapper, schema: Schema, change: str) -> None:
    """A refresh gives what reading all would, and reads only the table that changed."""
    rows, digests = reading.rows(library, schema), reading.digests(library, schema)
    with undone(library):
        run(library, change)
        now = reading.schema(library)
        fresh, fresh_digests = reading.refresh(library, now, rows, digests)
        assert fresh == reading.rows(library, now)
        assert fresh_digests == reading.digests(library, now)
    assert {table for table in fresh if fresh[table] is not rows[table]} == {"author"}
    assert fresh["author"] != rows["author"]


def test_order_of_rows_makes_no_digest(library: BaseDatabaseWrapper, schema: Schema) -> None:
    """The same rows put in again in another order have the same digest."""
    before = reading.digests(library, schema)
    with undone(library):
        run(library, "DELETE FROM author WHERE id = 1;\nINSERT INTO author VALUES (1, 'Ann')")
        assert reading.digests(library, schema) == before


def test_exchanged_values_change_the_digest(library: BaseDatabaseWrapper, schema: Schema) -> None:
    """Two rows that exchange their values of a column are no longer the same rows."""
    texts = [f"name {number}" for number in range(8)]
    seen = set()
    with undone(library):
        for first, second in permutations(texts, 2):
            values = f"CASE id WHEN 1 THEN '{first}' WHEN 3 THEN '{second}' END"
            run(library, f"UPDATE author SET name = {values}")
            seen.add(reading.digests(library, schema)["author"])
    assert len(seen) == len(texts) * (len(texts) - 1)


def test_dropped_and_new_tables_are_followed(library: BaseDatabaseWrapper, schema: Schema) -> None:
    """A refresh leaves out tables that are gone and reads those that are new."""
    rows, digests = reading.rows(library, schema), reading.digests(library, schema)
    with undone(library):
        run(library, "DROP TABLE pair;\nCREATE TABLE fresh (x integer);\nINSERT INTO fresh VALUES (1)")
        fresh, _ = reading.refresh(library, reading.schema(library), rows, digests)
    assert set(fresh) == {"author", ODD, "empty", "fresh"}
    assert len(fresh["fresh"].rows) == 1


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("1", "1"),
        ("'1'", "'1'"),
        ("1.0", "1.0"),
        ("'1.0'", "'1.0'"),
        ("x'31'", "x'31'"),
        ("'x''31'''", "'x''31'''"),
        ("'nan'", "'nan'"),
        ("'plain'", "plain"),
        ("''", ""),
        ("NULL", None),
        ("0.1", "0.1"),
        ("9007199254740993", "9007199254740993"),
    ],
)
def test_storage_classes_of_sqlite_are_told_apart(
    sqlite: BaseDatabaseWrapper, stored: str, text: str | None
) -> None:
    """Two values that SQLite stores in different ways never read as the same text."""
    with undone(sqlite):
        run(
            sqlite,
            f"CREATE TABLE v (b blob, d datetime, t bool);\nINSERT INTO v VALUES ({stored}, 'x', 'yes')",
        )
        (row,) = reading.rows(sqlite, reading.schema(sqlite))["v"].rows.values()
    assert row == {"b": text, "d": "x", "t": "yes"}


VALUES = (
    ("numeric", "1.00", "1.00"),
    ("numeric", "'NaN'", "NaN"),
    ("float8", "0.1::float8 + 0.2::float8", "0.30000000000000004"),
    ("float4", "1::float4 / 3", "0.33333334"),
    ("timestamptz", "'2026-01-02 03:04:05.123456+02'", "2026-01-02 01:04:05.123456+00"),
    ("timestamptz[]", "ARRAY['2026-01-02 03:04+02'::timestamptz]", '{"2026-01-02 01:04:00+00"}'),
    ("tstzrange", "tstzrange('2026-01-02 03:04+02', NULL)", '["2026-01-02 01:04:00+00",)'),
    ("date", "'2026-02-01'", "2026-02-01"),
    ("interval", "'1 mon 2 days 03:04:05.5'", "1 mon 2 days 03:04:05.5"),
    ("bytea", r"'\x00ff'", r"\x00ff"),
    ("json", """'{"b":1, "a":1.0, "a":2}'""", '{"b":1, "a":1.0, "a":2}'),
    ("jsonb", """'{"b":1,"a":1.0}'""", '{"a": 1.0, "b": 1}'),
    ("text[]", "ARRAY['a,b', NULL, 'NULL']", '{"a,b",NULL,"NULL"}'),
    ("int4range", "'[1,5]'", "[1,6)"),
    ("money", "'12.34'", "$12.34"),
    ("tsvector", "to_tsvector('simple', 'b a')", "'a':2 'b':1"),
    ("boolean", "true", "true"),
    ("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("inet", "'10.0.0.1'", "10.0.0.1/32"),
    ("bit(3)", "B'101'", "101"),
    ("box", "'(1,1),(0,0)'", "(1,1),(0,0)"),
    ("xid", "'7'", "7"),
)


@pytest.mark.parametrize(("kind", "stored", "text"), VALUES)
def test_values_of_postgresql_are_exact(
    postgresql: BaseDatabaseWrapper, kind: str, stored: str, text: str
) -> None:
    """Text is the server's own, with every digit, and the same whatever a session's settings are."""
    with undone(postgresql):
        run(
            postgresql,
            f"CREATE TABLE v (v {kind});\nINSERT INTO v VALUES ({stored});\nSET TIME ZONE 'Asia/Tokyo';\n"
            "SET DateStyle = 'SQL, DMY';\nSET IntervalStyle = 'iso_8601';\nSET extra_float_digits = -5;\n"
            "SET bytea_output = 'escape'",
        )
        (row,) = reading.rows(postgresql, reading.schema(postgresql))["v"].rows.values()
    assert row["v"] == text


UNSEEN = (
    ("numeric", "1.0", "1.00"),
    ("float8", "'0'::float8", "'-0'::float8"),
    ("interval", "'1 mon'", "'30 days'"),
    ("jsonb", "'1.0'", "'1.00'"),
    ("json", "'[1]'", "'[ 1]'"),
    ("text", "'a'", "'A'"),
    ("text[]", "ARRAY['a']", "ARRAY['A']"),
    ("box", "'(1,1),(0,0)'", "'(2,0.5),(0,0)'"),
    ("numeric[]", "ARRAY[1.0]", "ARRAY[1.00]"),
)


@pytest.mark.parametrize(("kind", "text", "other"), UNSEEN)
def test_digests_see_what_equality_hides(
    postgresql: BaseDatabaseWrapper, kind: str, text: str, other: str
) -> None:
    """A value that equals another but prints otherwise has another digest; every type has one."""
    with undone(postgresql):
        run(postgresql, f"CREATE TABLE v (v {kind});\nINSERT INTO v VALUES ({text})")
        schema = reading.schema(postgresql)
        before = reading.digests(postgresql, schema)
        run(postgresql, f"UPDATE v SET v = {other}")
        assert reading.digests(postgresql, schema) != before


def test_rows_of_partitions_and_children_are_read_once(postgresql: BaseDatabaseWrapper) -> None:
    """Partitions are read through their parent; a table that inherits keeps its own rows to itself."""
    script = """
    CREATE SCHEMA other;
    CREATE TABLE event (day integer) PARTITION BY RANGE (day);
    CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (1) TO (2);
    CREATE TABLE other.parent (a integer);
    CREATE TABLE child (b integer, c integer GENERATED ALWAYS AS (b + 1) STORED) INHERITS (other.parent);
    INSERT INTO event VALUES (1);
    INSERT INTO other.parent VALUES (1);
    INSERT INTO child (a, b) VALUES (2, 3);
    CREATE TABLE bare ();
    INSERT INTO bare DEFAULT VALUES;
    """
    with undone(postgresql):
        run(postgresql, script)
        schema = reading.schema(postgresql)
        rows = reading.rows(postgresql, schema)
        assert set(reading.digests(postgresql, schema)) == set(rows)
    assert values(rows) == {
        "event": [{"day": "1"}],
        "other.parent": [{"a": "1"}],
        "child": [{"a": "2", "b": "3", "c": "4"}],
        "bare": [{}],
    }


def test_shadow_tables_are_read(sqlite: BaseDatabaseWrapper) -> None:
    """A full text index is read through its shadow tables, so that a lost entry is seen."""
    with undone(sqlite):
        run(sqlite, "CREATE VIRTUAL TABLE docs USING fts5(body);\nINSERT INTO docs VALUES ('hello')")
        rows = reading.rows(sqlite, reading.schema(sqlite))
    assert "docs" not in rows
    assert values(rows)["docs_content"] == [{"id": "1", "c0": "hello"}]


def values(rows: RowSet) -> dict[str, list[dict[str, str | None]]]:
    """Return the rows without their keys."""
    return {table: [dict(row) for row in read.rows.values()] for table, read in rows.items()}


def test_virtual_columns_are_not_read() -> None:
    """They store nothing, and reading one may fail; a stored column is read."""
    schema = {
        ("table", "t"): CatalogueObject("t", {}, ("public", "t")),
        ("column", "t.a"): CatalogueObject("t", {"type": "integer"}, ("a",)),
        ("column", "t.b"): CatalogueObject("t", {"type": "integer", "generated": "(a + 1) stored"}, ("b",)),
        ("column", "t.c"): CatalogueObject("t", {"type": "integer", "generated": "(a + 1) virtual"}, ("c",)),
    }
    assert [layout.columns for layout in layouts(schema, ["t"])] == [("a", "b")]
