"""The catalogue of SQLite: what its text means, whatever way it is spelt."""

from __future__ import annotations

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot import reading
from django_switchback.worker.snapshot.compare_schemas import compare_schemas
from django_switchback.worker.snapshot.interface import CatalogueObject, Schema, UnreadableDefinition
from django_switchback.worker.snapshot.sqlite.definitions import parse_table

from ..support import Short, differences, run, short, undone
from .cases import CHANGES, LIBRARY, SAME, TABLES


@pytest.fixture(scope="module")
def library(sqlite: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """Give a database with one object of every kind."""
    run(sqlite, LIBRARY)
    return sqlite


@pytest.fixture(scope="module")
def before(library: BaseDatabaseWrapper) -> Schema:
    """Give the library's schema, which every test must leave as it is."""
    return reading.schema(library)


def tables_differ(connection: BaseDatabaseWrapper, text: str, other: str) -> list[Short]:
    """Return how two ways to write the table ``t`` differ, in short."""
    schemas = []
    for statement in (text, other):
        with undone(connection):
            run(connection, statement)
            schemas.append(reading.schema(connection))
    return [short(item) for item in compare_schemas(*schemas)]


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_one_difference_for_each_change(
    library: BaseDatabaseWrapper, before: Schema, change: str, expected: tuple[Short, ...]
) -> None:
    """Each change of an object or one of its attributes is seen, and nothing else is."""
    assert differences(library, before, change) == list(expected)


@pytest.mark.parametrize(("text", "other", "expected"), TABLES)
def test_one_difference_between_two_tables(
    library: BaseDatabaseWrapper, text: str, other: str, expected: Short
) -> None:
    """What SQLite cannot alter is told apart between two tables that were made different."""
    assert tables_differ(library, text, other) == [expected]


@pytest.mark.parametrize(("text", "other"), SAME)
def test_spelling_makes_no_difference(library: BaseDatabaseWrapper, text: str, other: str) -> None:
    """Quoting, case, white space, comments, order and place of constraints do not matter."""
    assert tables_differ(library, text, other) == []


def test_columns_are_those_of_the_pragma(library: BaseDatabaseWrapper, before: Schema) -> None:
    """Columns, nulls, generation and primary keys read from the text are those that SQLite itself reports."""
    with library.cursor() as cursor:
        for table in [name for kind, name in before if kind == "table"]:
            cursor.execute('SELECT name, "notnull", hidden, pk FROM pragma_table_xinfo(%s)', [table])
            reported = cursor.fetchall()
            read = {item.parts[0]: item.attributes for item in of_table(before, "column", table)}
            assert {(name, bool(null), hidden > 1) for name, null, hidden, _ in reported} == {
                (name, "not null" in said, "generated" in said) for name, said in read.items()
            }
            key = [
                item
                for item in of_table(before, "constraint", table)
                if item.attributes["type"] == "primary key"
            ]
            places = sorted((pk, name) for name, _, _, pk in reported if pk)
            assert [name for _, name in places] == [name for item in key for name in item.parts]


def of_table(schema: Schema, kind: str, table: str) -> list[CatalogueObject]:
    """Return the objects of one kind that hang on one table."""
    return [item for (its, _), item in schema.items() if its == kind and item.table == table]


def test_virtual_tables_are_one_table(library: BaseDatabaseWrapper, before: Schema) -> None:
    """A full text index and its shadow tables come and go without a crash, and are seen."""
    made = "CREATE VIRTUAL TABLE docs USING fts5(title, body, tokenize = 'porter ascii')"
    found = differences(library, before, made)
    assert ("table", "docs", "extra", None) in found
    assert {kind for kind, *_ in found} == {"table"}


def test_unchanged_text_is_parsed_once(library: BaseDatabaseWrapper, before: Schema) -> None:
    """A table whose text did not change costs nothing to read again."""
    misses = parse_table.cache_info().misses
    assert reading.schema(library) == before
    assert parse_table.cache_info().misses == misses


@pytest.mark.parametrize("statement", ["VACUUM", "REINDEX", "ANALYZE"])
def test_upkeep_makes_no_difference(library: BaseDatabaseWrapper, before: Schema, statement: str) -> None:
    """Statements that only tidy up show nothing."""
    run(library, statement)
    assert compare_schemas(before, reading.schema(library)) == ()


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE t", "CREATE TABLE t (a integer, b", "CREATE TABLE t (a, CONSTRAINT x UNQUE (a))"],
)
def test_text_that_makes_no_sense_is_refused(statement: str) -> None:
    """A definition that is not understood raises by name; it is never passed over."""
    with pytest.raises(UnreadableDefinition, match="sqlite_master"):
        parse_table(statement)
