"""Sorts and counts rows that do not fit into memory, in a temporary SQLite database.

The database has no name: SQLite unlinks its file on opening, and little of it is in memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from struct import Struct
from typing import TYPE_CHECKING, TypeAlias

from django_switchback.worker.snapshot.large_tables.disk_columns import CHUNK_ITEMS

if TYPE_CHECKING:
    from sqlite3 import Connection

Chunk: TypeAlias = "tuple[array[int] | list[str], Sequence[array[int]]]"
"""A chunk of rows: their keys, and one array of hashes per column."""


def _database(columns: str) -> Connection:
    # Imported late: not every Python has sqlite3, and few tables need it.
    import sqlite3

    database = sqlite3.connect("")
    database.execute("PRAGMA journal_mode = OFF")
    # A temporary database needs no rollback.
    database.execute(f"CREATE TABLE held ({columns})")
    return database


def sorted_rows(rows: Iterable[tuple[int | str, Sequence[int]]], columns: int) -> Iterator[Chunk]:
    """Yield ``rows``, each a key and a hash per column, sorted by key."""
    packed = Struct(f"{columns}q")
    with closing(_database("id, hashes")) as database:
        database.executemany(
            "INSERT INTO held VALUES (?, ?)",
            ((number, packed.pack(*row_hashes)) for number, row_hashes in rows),
        )
        cursor = database.execute("SELECT id, hashes FROM held ORDER BY id")
        while batch := cursor.fetchmany(CHUNK_ITEMS):
            ids = [row_id for row_id, _ in batch]
            hashes = zip(*(packed.unpack(row_hashes) for _, row_hashes in batch), strict=True)
            yield (
                (ids if isinstance(ids[0], str) else array("q", ids)),
                [array("q", row_hashes) for row_hashes in hashes],
            )


def excess_rows(ours: Iterable[int], theirs: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the hashes that occur more often on one side, and the difference ``ours - theirs``."""
    with closing(_database("one, side")) as database:
        for side, numbers in ((1, ours), (-1, theirs)):
            database.executemany("INSERT INTO held VALUES (?, ?)", ((number, side) for number in numbers))
        yield from database.execute("SELECT one, sum(side) FROM held GROUP BY one HAVING sum(side) <> 0")
