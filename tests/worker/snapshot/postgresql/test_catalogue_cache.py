"""What is not read again is as it would be read; test_catalogue.py says so of each single change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from django_switchback.sandbox.interface import Server
from django_switchback.worker.snapshot import reading
from django_switchback.worker.snapshot.interface import Schema
from django_switchback.worker.snapshot.postgresql import catalogue_cache, reader
from django_switchback.worker.snapshot.postgresql.catalogue_cache import Objects, Read, Stale

from ..support import connection_to, run, undone
from .cases import LIBRARY

MENTIONING = """
CREATE TABLE mentioning (
    id integer, pair pair, mood mood DEFAULT 'sad', many mood[], word text COLLATE sorted DEFAULT shout('x'),
    ticket integer DEFAULT nextval('tickets'), plus positive, other integer,
    CONSTRAINT itself CHECK (pair === pair), CONSTRAINT stemmed CHECK ('stems'::regdictionary IS NOT NULL));
CREATE INDEX worded ON mentioning USING gin (to_tsvector('plain'::regconfig, word));
CREATE INDEX loosely ON mentioning USING hash (id loose);
"""
"""A table of which much is told by the names of other things."""
OTHERS = (
    "ALTER TABLE author RENAME TO writer",
    "ALTER TABLE author RENAME COLUMN id TO number",
    "ALTER SEQUENCE author_id_seq RENAME TO author_numbers",
    "ALTER TABLE parent RENAME TO elder",
    "ALTER TABLE child NO INHERIT parent",
    "ALTER TABLE event DETACH PARTITION event_2025",
    "ALTER TABLE archive.old SET SCHEMA public",
    "ALTER SCHEMA archive RENAME TO attic",
    "ALTER SEQUENCE tickets RENAME TO numbers",
    "ALTER SEQUENCE tickets OWNED BY book.pages",
    "ALTER TYPE mood RENAME TO temper",
    "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
    "ALTER TYPE pair RENAME TO two",
    "ALTER DOMAIN positive RENAME TO plus",
    "ALTER COLLATION sorted RENAME TO in_order",
    "ALTER FUNCTION shout RENAME TO yell",
    "ALTER TEXT SEARCH CONFIGURATION plain RENAME TO fancy",
    "ALTER TEXT SEARCH DICTIONARY stems RENAME TO roots",
    "ALTER OPERATOR === (pair, pair) SET SCHEMA archive",
    "ALTER OPERATOR CLASS loose USING hash RENAME TO lax",
    "ALTER SERVER away RENAME TO here",
    "ALTER FOREIGN TABLE distant OPTIONS (ADD one 'two')",
    "ALTER INDEX book_lower ALTER COLUMN 1 SET STATISTICS 300",
    "CREATE UNIQUE INDEX one ON book (pages);\nALTER TABLE book ADD CONSTRAINT two UNIQUE USING INDEX one",
    "DROP TABLE author CASCADE;\nCREATE TABLE author (id bigint PRIMARY KEY, name varchar(50))",
    "COMMENT ON COLUMN book.title IS 'said'",
    "GRANT SELECT (title) ON book TO pg_monitor",
    "ALTER EXTENSION plpgsql ADD TABLE scratch",
    "ALTER ROLE somebody RENAME TO nobody",
)


@pytest.fixture(scope="module")
def library(postgresql: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """Give a database with one object of every kind."""
    run(postgresql, LIBRARY)
    return postgresql


def anew(connection: BaseDatabaseWrapper) -> Schema:
    """Read everything."""
    reader.CATALOGUE_CACHE.forget()
    return reading.schema(connection)


def stays_true(connection: BaseDatabaseWrapper, statement: str) -> bool:
    """Tell whether the database is the same with and without what was read before ``statement``."""
    anew(connection)
    run(connection, statement)
    remembered = reading.schema(connection)
    return list(remembered.items()) == list(anew(connection).items())


@pytest.mark.parametrize("statement", OTHERS)
def test_after_a_change_that_others_tell_of(library: BaseDatabaseWrapper, statement: str) -> None:
    """What one object tells may change with another one."""
    with undone(library):
        run(library, MENTIONING)
        run(library, "CREATE ROLE somebody;\nALTER TABLE mentioning OWNER TO somebody")
        assert stays_true(library, statement)


@pytest.mark.parametrize("statement", ["ALTER TABLE book ADD COLUMN more integer", OTHERS[0], OTHERS[1]])
def test_many_tables_at_once(
    library: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    """Their names are asked for otherwise, and are the same."""
    monkeypatch.setattr(catalogue_cache, "_MAX_STALE_TABLES", 0)
    with undone(library):
        assert stays_true(library, statement)
    assert reading.schema(library) == anew(library)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Stale | None]:
    """Give what is read of what hangs on tables, in the order of the readings."""
    found: list[Stale | None] = []
    original = reader.CATALOGUE_CACHE.objects

    def objects(cursor: CursorWrapper, read: Read) -> Objects:
        def noted(stale: Stale | None) -> Objects:
            found.append(stale)
            return read(stale)

        return original(cursor, noted)

    monkeypatch.setattr(reader.CATALOGUE_CACHE, "objects", objects)
    return found


def test_nothing_is_read_again_where_nothing_changed(
    library: BaseDatabaseWrapper, reads: list[Stale | None]
) -> None:
    """Rows make no difference to what hangs on a table."""
    anew(library)
    with undone(library):
        run(library, "INSERT INTO author (name) VALUES ('one')")
        reading.schema(library)
    assert reads == [None]


@pytest.mark.parametrize("few", [0, 100])
def test_what_changed_is_read_again_and_no_more(
    library: BaseDatabaseWrapper, reads: list[Stale | None], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """A column more is looked for among the columns of one table, whichever way names are asked for."""
    monkeypatch.setattr(catalogue_cache, "_MAX_STALE_TABLES", few)
    anew(library)
    with undone(library):
        run(library, "ALTER TABLE book ADD COLUMN more integer")
        reading.schema(library)
    assert reads[0] is None
    assert reads[1] is not None
    assert set(reads[1]) == {"pg_class", "pg_attribute"}
    assert {len(tables) for tables in reads[1].values()} == {1}


def test_a_copy_needs_no_reading(postgresql_server: Server, reads: list[Stale | None]) -> None:
    """A copy is its original, and what is done to one of them belongs to that one alone."""
    factory = postgresql_server.factory()
    addresses = [factory.create("original")]
    original = connection_to(addresses[0])
    run(original, "CREATE TABLE book (id integer PRIMARY KEY, title text)")
    before = anew(original)
    original.close()
    addresses.append(factory.clone(addresses[0], "copy"))
    copy = connection_to(addresses[1])
    same = reading.schema(copy)
    run(copy, "ALTER TABLE book DROP COLUMN title")
    changed = reading.schema(copy)
    run(original, "ALTER TABLE book ADD COLUMN pages integer")
    both = [(reading.schema(wrapper), anew(wrapper)) for wrapper in (original, copy)]
    for connection, address in zip((original, copy), addresses, strict=True):
        connection.close()
        factory.drop(address)
    assert same == before
    assert reads[0] is None, "the original was read"
    assert reads[1] is not None, "of the copy only what had changed was read"
    assert all(remembered == read for remembered, read in both)
    assert changed == both[1][1]


def test_another_search_path(postgresql_server: Server) -> None:
    """What is printed goes by the path that a new session has."""
    factory = postgresql_server.factory()
    address = factory.create("path")
    connection = connection_to(address)
    run(connection, "CREATE SCHEMA extra;\nCREATE TABLE extra.a (id integer PRIMARY KEY)")
    run(connection, "CREATE TABLE b (a_id integer REFERENCES extra.a (id))")
    anew(connection)
    run(connection, f'ALTER DATABASE "{address.name}" SET search_path = public, extra')
    connection.close()
    remembered = reading.schema(connection)
    same = remembered == anew(connection)
    connection.close()
    factory.drop(address)
    assert same


def test_servers_are_told_apart(server_of: Callable[[str], Server]) -> None:
    """Two servers count their transactions each by itself."""
    found = {}
    for spec, column in (("postgresql-15", "one"), ("postgresql-18", "two")):
        factory = server_of(spec).factory()
        address = factory.create("alike")
        connection = connection_to(address)
        run(connection, f"CREATE TABLE book ({column} integer)")
        found[column] = reading.schema(connection).keys()
        connection.close()
        factory.drop(address)
    assert [("column", f"book.{column}") in keys for column, keys in found.items()] == [True, True]
