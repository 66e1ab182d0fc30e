"""What the rehearsal costs when a project grows twofold: migrations in one app, apps, tables, and rows.

Each pair is of one run, the smaller first. Plain ``manage.py migrate`` stands beside a long history: what
grows faster than history does so there too.

``python benchmarks/growth.py [--quick]``: a fifth of each size.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from figures import Figure, print_all
from project_generator import EVERY, write_histories, write_tables
from spent import SWITCHBACK, Spent, run

QUICK = 5


def rehearse(folder: str, *options: str) -> Spent:
    """Rehearse the project in ``folder``, which is sound, and return what it cost."""
    words = (*SWITCHBACK, "--project", folder, "--settings", "settings", "--quiet", "--timeout", "900")
    return run([*words, *options], memory=True)


def rehearse_made(write: Callable[[Path], None], *options: str) -> Spent:
    """Rehearse the project that ``write`` makes in a new folder, and return what it cost."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        return rehearse(folder, *options)


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Yield each figure as soon as it is measured."""
    by = QUICK if quick else 1
    yield from histories(500 // by)
    yield from tables(2000 // by)
    yield from rows(1_000_000 // by)
    yield from apps(300 // by)


def histories(size: int) -> Iterator[Figure]:
    """Measure one app with half as many migrations, and so many; plain ``migrate`` too."""
    sizes = (size // 2 // EVERY * EVERY, size)
    ours, plain = list[Spent](), list[Spent]()
    for migrations in sizes:
        with tempfile.TemporaryDirectory() as folder:
            write_histories(Path(folder), 1, migrations)
            ours.append(rehearse(folder, "--database", "sqlite"))
            plain.append(run([sys.executable, "manage.py", "migrate"], Path(folder)))
    what = f"{sizes[0]} and {sizes[1]} migrations in one app, processors"
    for name, (less, more), most in ((what, ours, 2.5), ("the same, plain `migrate`", plain, None)):
        yield Figure(name, f"{less.cpu:.1f} s", f"{more.cpu:.1f} s", more.cpu / less.cpu, most=most)


def apps(count: int) -> Iterator[Figure]:
    """Measure ten migrations in each of half as many apps, and of so many; five of each are rehearsed."""
    less, more = (
        rehearse_made(partial(write_histories, apps=size, migrations=EVERY), "--database", "sqlite")
        for size in (count // 2, count)
    )
    what = f"{count * 5} and {count * 10} migrations in {count // 2} and {count} apps"
    yield Figure(what, f"{less.wall:.0f} s", f"{more.wall:.0f} s", more.wall / less.wall, most=2.1)
    yield _memory(what, more, 600)


def tables(count: int) -> Iterator[Figure]:
    """Measure two targets beside so many tables on PostgreSQL; plain ``migrate`` on SQLite too."""
    with tempfile.TemporaryDirectory() as folder:
        write_tables(Path(folder), count)
        ours = rehearse(folder, "--database", "postgresql-18", "--last", "2")
        plain = run([sys.executable, "manage.py", "migrate"], Path(folder))
    what = f"{count} tables, two targets, PostgreSQL 18"
    yield Figure(what, "limit 60 s", f"{ours.wall:.0f} s", ours.wall / 60, most=1)
    beside = f"plain `migrate` on SQLite {plain.wall:.0f} s"
    yield Figure("the same", beside, f"rehearsal {ours.wall:.0f} s", ours.wall / plain.wall)
    yield _memory(what, ours, 1024)


def rows(count: int) -> Iterator[Figure]:
    """Measure a tenth of so many rows in each of two tables, and so many."""
    words = ("--database", "sqlite", "--last", "1", "--rows")
    less, more = (
        rehearse_made(partial(write_tables, tables=2), *words, str(size)) for size in (count // 10, count)
    )
    what = f"`--rows` {count // 10} and {count}, memory"
    yield Figure(what, f"{less.mib} MiB", f"{more.mib} MiB", more.mib / less.mib, most=1.5)


def _memory(what: str, spent: Spent, limit: int) -> Figure:
    return Figure(f"{what}, memory", f"limit {limit} MiB", f"{spent.mib} MiB", spent.mib / limit, most=1)


if __name__ == "__main__":
    sys.exit(not print_all(measure(quick="--quick" in sys.argv[1:])))
