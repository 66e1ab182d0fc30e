"""Prints by how many KiB the peak of its memory grows when tables have five times as many rows.

Run as a process of its own by the test beside it; the settings of a database are read from stdin.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django
from django.conf import settings
from django.db import connection

from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.side_effects import apply_side_effects
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.compare.unwind_losses import UnwindSnapshots, unwind_losses

FEW, MANY = 20_000, 100_000
TABLES = {
    "numbered": "id integer PRIMARY KEY, name varchar(40), price integer",
    "named": "id varchar(40) PRIMARY KEY, name varchar(40), price integer",
    "keyless": "id varchar(40), name varchar(40), price integer",
}


def main() -> None:
    """Go through what is done with moments, with few rows and with many."""
    settings.configure(USE_TZ=True, DATABASES={"default": json.load(sys.stdin)})
    django.setup()
    for name, columns in TABLES.items():
        run(f"CREATE TABLE {name} ({columns})")
    go_through(FEW)
    before = peak()
    go_through(MANY)
    sys.stdout.write(str(peak() - before))


def go_through(count: int) -> None:
    """Make rows, and compare moments as a cycle and the unwind do; what is found must be there."""
    numbers = f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})"
    for name in TABLES:
        key = "n" if name == "numbered" else "'the key ' || n"
        run(f"DELETE FROM {name}")
        run(f"INSERT INTO {name} SELECT * FROM ({numbers} SELECT {key}, 'the name ' || n, n FROM n) AS made")
    before = snapshots.take_snapshot(connection, bulk=True)
    after = taken(before, "UPDATE {} SET price = price + 1")
    loaded = taken(after, "UPDATE {} SET name = 'other' WHERE price % 1000 = 7")
    fewer = taken(loaded, "DELETE FROM {} WHERE price % 3 = 1")
    again = taken(fewer, "UPDATE {} SET name = 'another'")
    assert {row.changed for row in snapshots.difference(before, after).rows} == {count, 0}
    assert {row.lost for row in snapshots.difference(before, fewer).rows} <= {
        count // 3,
        count // 3 + 1,
        count,
    }
    expected = apply_side_effects(before, after, loaded)
    assert snapshots.added_keys(after, loaded).keys() == {"keyless"}
    for done in (
        snapshots.rollback_difference(expected, after, loaded, fewer, written={}, signalled={}),
        snapshots.reapply_difference(after, again, bounds=fewer),
        unwind_losses(UnwindSnapshots(after, expected, fewer, again), bounds=before),
    ):
        assert done.rows
    assert len(snapshots.dropped_with_target(expected, after, loaded, fewer)) == 0


def taken(earlier: Snapshot, statement: str) -> Snapshot:
    """Run ``statement`` on each table and take the moment after it."""
    for name in TABLES:
        run(statement.format(name))
    return snapshots.take_snapshot(connection, earlier)


def run(statement: str) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def peak() -> int:
    """Return the KiB that this process had at most; what it was forked from does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
