"""Sorts and counts what is too much for memory, in a database of SQLite's own that nobody else sees.

A database without a name is a file that SQLite removes as soon as it is open; little of it is in memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from struct import Struct
from typing import TYPE_CHECKING, TypeAlias

from django_switchback.worker.snapshot.large.disk_columns import CHUNK_ITEMS

if TYPE_CHECKING:
    from sqlite3 import Connection

Portion: TypeAlias = "tuple[array[int] | list[str], Sequence[array[int]]]"
"""Some rows: their keys, and as many hashes of each column."""


def _database(columns: str) -> Connection:
    # Not every Python has it, and few tables need it.
    import sqlite3

    database = sqlite3.connect("")
    database.execute("PRAGMA journal_mode = OFF")
    # What is lost with the process needs no way back.
    database.execute(f"CREATE TABLE held ({columns})")
    return database


def sorted_rows(rows: Iterable[tuple[int | str, Sequence[int]]], columns: int) -> Iterator[Portion]:
    """Yield ``rows``, each a key and a hash of each of its ``columns``, in the order of their keys."""
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
    """Yield what is not as often in ``theirs`` as in ``ours``, and how many more there are in ``ours``."""
    with closing(_database("one, side")) as database:
        for side, numbers in ((1, ours), (-1, theirs)):
            database.executemany("INSERT INTO held VALUES (?, ?)", ((number, side) for number in numbers))
        yield from database.execute("SELECT one, sum(side) FROM held GROUP BY one HAVING sum(side) <> 0")
