"""Rows carried from one sandbox to another: what they hold, what they refer to, what is suspected."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from seed.support import connected

from django_switchback.evidence import Failure, RowDifference, RowExample
from django_switchback.sandbox.interface import Server
from django_switchback.worker.minimise.ranking import hints_from, mentioned_columns, rank
from django_switchback.worker.minimise.rows import RowId, RowsById, decode_sqlite_text, resolve_foreign_keys
from django_switchback.worker.snapshot.sqlite.rows import text
from django_switchback.worker.table_names import ForeignKeys, foreign_keys

AUTHOR = RowId("before", "author", ("1",))
OTHER = RowId("before", "author", ("2",))
POST = RowId("before", "post", ("7",))
LATE = RowId("after", "post", ("8",))
ROWS: RowsById = {
    POST: {"id": "7", "author_id": "1", "slug": "moving-day"},
    LATE: {"id": "8", "author_id": "1", "slug": None},
    AUTHOR: {"id": "1", "boss_id": "2"},
    OTHER: {"id": "2", "boss_id": "1"},
}
KNOWN: ForeignKeys = {"post": {"author_id": ("id", "author")}, "author": {"boss_id": ("id", "author")}}


@given(st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text() | st.binary())
def test_what_sqlite_held_comes_back(value: object) -> None:
    """A value that went through the text of a snapshot is the same again, its storage class included."""
    back = decode_sqlite_text(text(value))
    assert (type(back), back) == (type(value), value)


def test_references_are_followed() -> None:
    """Each row names those that it refers to, in a circle too; nothing refers to a row that comes later."""
    aims = resolve_foreign_keys(ROWS, KNOWN)
    assert aims == {
        POST: {"author_id": AUTHOR},
        LATE: {"author_id": AUTHOR},
        AUTHOR: {"boss_id": OTHER},
        OTHER: {"boss_id": AUTHOR},
    }
    backwards: ForeignKeys = {"author": {"boss_id": ("id", "post")}}
    assert (
        resolve_foreign_keys({LATE: {"id": "2"}, AUTHOR: {"id": "1", "boss_id": "2"}}, backwards)[AUTHOR]
        == {}
    )


TABLES = (
    "CREATE TABLE author (id integer PRIMARY KEY, boss_id integer REFERENCES author (id))",
    "CREATE TABLE post (id integer PRIMARY KEY, author_id integer REFERENCES author (id), title text)",
)


def test_references_are_read(database_server: Server) -> None:
    """Each foreign key of the tables that were asked for, as the database has it."""
    for connection in connected(database_server):
        with connection.cursor() as cursor:
            for statement in (*TABLES, "CREATE TABLE alone (id integer PRIMARY KEY)"):
                cursor.execute(statement)
        assert foreign_keys(connection, {"post", "author", "alone"}) == {**KNOWN, "alone": {}}
        assert foreign_keys(connection, {"post"}) == {"post": KNOWN["post"]}


def test_what_a_message_names_is_suspected() -> None:
    """A row whose value the message repeats comes first; a null in a column that it names tells as well."""
    duplicate = hints_from(Failure("IntegrityError", "Key (slug)=(moving-day) already exists."), (), ())
    assert rank(ROWS, duplicate)[0] == POST
    null = hints_from(Failure("IntegrityError", "NOT NULL constraint failed: post.slug"), (), ())
    assert rank(ROWS, null)[0] == LATE
    assert mentioned_columns(LATE, ROWS[LATE], null, {}) == ("slug",)


def test_rows_that_differ_are_suspected() -> None:
    """The row that a comparison shows comes first, and the columns that differ are the telling ones."""
    example = RowExample("changed", {"id": "2"}, ("boss_id",))
    found = hints_from(
        None, (RowDifference("author", changed=1, columns=("boss_id",), examples=(example,)),), ()
    )
    assert rank(ROWS, found)[:2] == (OTHER, AUTHOR)
    assert mentioned_columns(OTHER, ROWS[OTHER], found, {}) == ("boss_id",)
    assert mentioned_columns(POST, ROWS[POST], found, {"post": ("slug",)}) == ("slug",)


def test_without_a_clue_the_order_stays() -> None:
    """Where the evidence names nothing, rows are taken as they come, new ones first."""
    assert rank(ROWS, hints_from(None, (), ())) == (LATE, POST, AUTHOR, OTHER)
    assert rank(ROWS, hints_from(None, (), ()), {LATE, AUTHOR}) == (POST, OTHER, LATE, AUTHOR)
