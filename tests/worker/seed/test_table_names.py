"""Names of Django's models that hold a schema, and the names of the same tables in snapshots."""

from __future__ import annotations

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.snapshot import reading
from django_switchback.worker.snapshot.compare_schemas import compare_schemas
from django_switchback.worker.table_names import foreign_keys, present_tables, snapshot_names, split_db_table

TABLES = (
    "CREATE SCHEMA audit",
    'CREATE TABLE audit."Entry" (id int PRIMARY KEY)',
    'CREATE TABLE note (id int PRIMARY KEY, entry_id int REFERENCES audit."Entry" (id))',
    "CREATE TABLE audit.note (id int PRIMARY KEY, note_id int REFERENCES public.note (id))",
)
SPELLINGS = {
    'audit"."Entry': "audit.Entry",
    '"audit"."Entry"': "audit.Entry",
    'audit"."note': "audit.note",
    'public"."note': "note",
    '"note"': "note",
    "note": "note",
}


def run(database: BaseDatabaseWrapper, *statements: str) -> None:
    """Run statements."""
    with database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def set_path(database: BaseDatabaseWrapper, path: str) -> None:
    """Begin a session with the search path that ``OPTIONS`` asks for."""
    database.close()
    database.settings_dict["OPTIONS"] = {"options": f"-c search_path={path}"}


@pytest.mark.parametrize(
    ("db_table", "parts"),
    [
        ("note", (None, "note")),
        ('"note"', (None, "note")),
        ("audit.note", (None, "audit.note")),
        ('audit"."note', ("audit", "note")),
        ('"audit"."No.te"', ("audit", "No.te")),
    ],
)
def test_db_table_is_split(db_table: str, parts: tuple[str | None, str]) -> None:
    """Both spellings that Django quotes rightly name a schema; a dot alone is part of the name."""
    assert split_db_table(db_table) == parts


@pytest.mark.parametrize("path", ["public", "audit,public", "public,audit", "gone,public"])
def test_names_are_those_of_snapshots(postgresql: BaseDatabaseWrapper, path: str) -> None:
    """However a name is written and whatever the search path is, the snapshot has the table by that name."""
    run(postgresql, *TABLES)
    set_path(postgresql, path)
    qualified = [db_table for db_table in SPELLINGS if split_db_table(db_table)[0]]
    schema = reading.schema(postgresql)
    parts = {name: item.parts for (kind, name), item in schema.items() if kind == "table"}
    names = snapshot_names(postgresql, qualified)
    assert {db_table: parts[names[db_table]] for db_table in qualified} == {
        db_table: split_db_table(db_table) for db_table in qualified
    }
    if path == "public":
        assert snapshot_names(postgresql, SPELLINGS) == SPELLINGS


def test_only_what_the_database_has_is_present(postgresql: BaseDatabaseWrapper) -> None:
    """A table of a schema is looked for in that schema only."""
    run(postgresql, *TABLES)
    asked = [*SPELLINGS, 'audit"."gone', 'gone"."note', "Entry", "entry"]
    assert present_tables(postgresql, asked) == list(SPELLINGS)


def test_sqlite_has_one_schema(sqlite: BaseDatabaseWrapper) -> None:
    """SQLite calls its only schema main."""
    run(sqlite, "CREATE TABLE note (id int PRIMARY KEY)")
    assert snapshot_names(sqlite, ['main"."note', "note"]) == {'main"."note': "note", "note": "note"}
    assert present_tables(sqlite, ['main"."note', '"note"', "gone"]) == ['main"."note', '"note"']


def test_references_lead_between_schemas(postgresql: BaseDatabaseWrapper) -> None:
    """Each foreign key is read, with both tables as snapshots name them."""
    run(postgresql, *TABLES)
    assert foreign_keys(postgresql, {"note", "audit.note"}) == {
        "note": {"entry_id": ("id", "audit.Entry")},
        "audit.note": {"note_id": ("id", "note")},
    }


def test_a_table_keeps_its_name_when_the_search_path_grows(postgresql: BaseDatabaseWrapper) -> None:
    """A migration may create the first schema of the path; its tables differ in their schema, not by name."""
    set_path(postgresql, "later,public")
    run(postgresql, "CREATE TABLE first (id int PRIMARY KEY)")
    assert ("table", "first") in reading.schema(postgresql)
    run(postgresql, "CREATE SCHEMA later")
    created = reading.schema(postgresql)
    assert ("table", "first") in created
    run(postgresql, "ALTER TABLE first SET SCHEMA later")
    (moved,) = compare_schemas(created, reading.schema(postgresql))
    assert (moved.name, moved.attribute, moved.after) == ("first", "schema", "later")
    run(postgresql, "CREATE TABLE public.first (id int PRIMARY KEY)")
    assert ("table", "public.first") in reading.schema(postgresql)
    run(postgresql, "DROP TABLE later.first")
    assert ("table", "public.first") not in reading.schema(postgresql)
