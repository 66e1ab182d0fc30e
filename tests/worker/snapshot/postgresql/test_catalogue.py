"""The catalogue of PostgreSQL: every kind of object, every attribute, and what must make no difference."""

from __future__ import annotations

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot import reading
from django_switchback.worker.snapshot.compare_schemas import compare_schemas
from django_switchback.worker.snapshot.interface import Schema
from django_switchback.worker.snapshot.postgresql import reader
from django_switchback.worker.snapshot.postgresql.catalogue_kinds import OBJECT_KINDS

from ..support import Short, differences, run, short, undone
from .cases import CHANGES, LIBRARY, NOTHING


@pytest.fixture(scope="module")
def library(postgresql: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """Give a database with one object of every kind."""
    run(postgresql, LIBRARY)
    return postgresql


@pytest.fixture(scope="module")
def before(library: BaseDatabaseWrapper) -> Schema:
    """Give the library's schema, which every test must leave as it is."""
    return reading.schema(library)


@pytest.mark.parametrize(("change", "expected"), [*CHANGES, *((change, ()) for change in NOTHING)])
def test_differences_of_each_change(
    library: BaseDatabaseWrapper, before: Schema, change: str, expected: tuple[Short, ...]
) -> None:
    """Each change of an object or one of its attributes is seen, and nothing else is.

    What was read before the change is of use after it, and again when it is undone.
    """
    assert reading.schema(library) == before, "a change was undone"
    with undone(library):
        run(library, change)
        after = reading.schema(library)
        reader.CATALOGUE_CACHE.forget()
        anew = reading.schema(library)
    assert list(map(short, compare_schemas(before, after))) == list(expected)
    assert list(after.items()) == list(anew.items())


@pytest.mark.parametrize("statement", ["VACUUM FULL book", "VACUUM ANALYZE", "REINDEX TABLE book", "ANALYZE"])
def test_upkeep_makes_no_difference(library: BaseDatabaseWrapper, before: Schema, statement: str) -> None:
    """Statements that run outside of transactions and only tidy up show nothing."""
    run(library, statement)
    assert compare_schemas(before, reading.schema(library)) == ()


def test_an_invalid_index_is_seen(library: BaseDatabaseWrapper) -> None:
    """An index that a failed concurrent build left behind is not the index that it was to be."""
    setup = "INSERT INTO author (name) VALUES ('same'), ('same')"
    with library.cursor() as cursor:
        cursor.execute(setup)
        with pytest.raises(Exception, match="could not create unique index"):
            cursor.execute("CREATE UNIQUE INDEX CONCURRENTLY author_name ON author (name)")
        left = reading.schema(library)["index", "author_name"].attributes
        cursor.execute("DROP INDEX author_name")
        cursor.execute("DELETE FROM author")
    assert left["valid"] == "no"


def test_rename_is_said_once(library: BaseDatabaseWrapper, before: Schema) -> None:
    """A constraint or index that only has another name is one difference with both names."""
    with undone(library):
        run(library, "ALTER INDEX book_pages RENAME TO pages_again;\n")
        (found,) = compare_schemas(before, reading.schema(library))
    assert (found.change, found.before, found.after, found.table) == (
        "renamed",
        "book_pages",
        "pages_again",
        "book",
    )


def test_settings_of_the_session_change_nothing(library: BaseDatabaseWrapper, before: Schema) -> None:
    """A search path or another setting that a migration left behind neither changes names nor is changed."""
    with library.cursor() as cursor:
        cursor.execute("SET search_path = ''")
        cursor.execute("SET quote_all_identifiers = on")
        after = reading.schema(library)
        cursor.execute("SHOW search_path")
        path = cursor.fetchone()
        cursor.execute("RESET ALL")
    assert path == ('""',)
    assert compare_schemas(before, after) == ()


def test_settings_come_back_after_a_failure(library: BaseDatabaseWrapper) -> None:
    """A read that fails leaves the session's settings as they were."""
    schema = dict(reading.schema(library))
    gone = schema["table", "book"]._replace(parts=("public", "gone"))
    with library.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'Asia/Tokyo'")
        with pytest.raises(Exception, match="gone"):
            reading.rows(library, {**schema, ("table", "book"): gone})
        cursor.execute("SHOW TimeZone")
        zone = cursor.fetchone()
        cursor.execute("RESET ALL")
    assert zone == ("Asia/Tokyo",)


def test_same_catalogue_same_order(library: BaseDatabaseWrapper) -> None:
    """Reading twice gives equal values in an equal order."""
    first, second = reading.schema(library), reading.schema(library)
    assert list(first.items()) == list(second.items())


def test_every_kind_is_read(before: Schema) -> None:
    """The library has an object of every kind that is read, so that no query goes untried."""
    assert {kind for kind, _ in before} == {family.kind for family in OBJECT_KINDS}


def test_extension_objects_are_the_extension(library: BaseDatabaseWrapper, before: Schema) -> None:
    """An extension is one object, with its version and schema; its functions and types are not listed."""
    assert differences(library, before, "CREATE EXTENSION citext") == [("extension", "citext", "extra", None)]


def test_two_of_the_same_name(postgresql: BaseDatabaseWrapper) -> None:
    """What prints alike, a dot in a name and one between two, is read without a fault."""
    with undone(postgresql):
        run(postgresql, "CREATE SCHEMA audit")
        for name in ("audit.kind", '"audit.kind"'):
            run(postgresql, f"CREATE TYPE {name} AS ENUM ('{len(name)}')")
        assert ("type", "audit.kind") in reading.schema(postgresql)
