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

from figures import Figure, end, told
from made_up import write_histories, write_tables
from spent import SWITCHBACK, Spent, run

QUICK = 5


def rehearse(write: Callable[[Path], None], *options: str) -> tuple[Spent, Spent]:
    """Rehearse a project, which is sound, and migrate it by plain Django; return what each cost."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        words = (*SWITCHBACK, "--project", name, "--settings", "settings", "--quiet", "--timeout", "900")
        ours = run([*words, *options], memory=True)
        return ours, run([sys.executable, "manage.py", "migrate"], folder)


def measured(*, quick: bool = False) -> Iterator[Figure]:
    """Yield each figure as soon as it is measured."""
    by = QUICK if quick else 1
    yield from histories(500 // by)
    yield from tables(2000 // by)
    yield from rows(1_000_000 // by)
    yield from apps(300 // by)


def histories(size: int) -> list[Figure]:
    """Measure one app with half as many migrations, and so many."""
    sizes = (size // 2 // 10 * 10, size)
    (less, plain_less), (more, plain_more) = (
        rehearse(partial(write_histories, apps=1, migrations=size), "--database", "sqlite") for size in sizes
    )
    what = f"{sizes[0]} and {sizes[1]} migrations in one app, processors"
    return [
        told(Figure(what, f"{less.cpu:.1f} s", f"{more.cpu:.1f} s", more.cpu / less.cpu, most=2.5)),
        told(
            Figure(
                "the same, plain `migrate`",
                f"{plain_less.cpu:.1f} s",
                f"{plain_more.cpu:.1f} s",
                plain_more.cpu / plain_less.cpu,
            )
        ),
    ]


def apps(count: int) -> list[Figure]:
    """Measure ten migrations in each of half as many apps, and of so many; five of each are rehearsed."""
    less, more = (
        rehearse(partial(write_histories, apps=size, migrations=10), "--database", "sqlite")[0]
        for size in (count // 2, count)
    )
    what = f"{count * 5} and {count * 10} migrations in {count // 2} and {count} apps"
    return [
        told(Figure(what, f"{less.wall:.0f} s", f"{more.wall:.0f} s", more.wall / less.wall, most=2.1)),
        told(_memory(what, more, 600)),
    ]


def tables(count: int) -> list[Figure]:
    """Measure two targets beside so many tables on PostgreSQL."""
    words = ("--database", "postgresql-18", "--last", "2")
    ours, _ = rehearse(partial(write_tables, tables=count), *words)
    what = f"{count} tables, two targets, PostgreSQL 18"
    return [
        told(Figure(what, "limit 60 s", f"{ours.wall:.0f} s", ours.wall / 60, most=1)),
        told(_memory(what, ours, 1024)),
    ]


def rows(count: int) -> list[Figure]:
    """Measure a tenth of so many rows in each of two tables, and so many."""
    words = ("--database", "sqlite", "--last", "1", "--rows")
    less, more = (
        rehearse(partial(write_tables, tables=2), *words, str(size))[0] for size in (count // 10, count)
    )
    what = f"`--rows` {count // 10} and {count}, memory"
    return [told(Figure(what, f"{less.mib} MiB", f"{more.mib} MiB", more.mib / less.mib, most=1.5))]


def _memory(what: str, spent: Spent, limit: int) -> Figure:
    return Figure(f"{what}, memory", f"limit {limit} MiB", f"{spent.mib} MiB", spent.mib / limit, most=1)


if __name__ == "__main__":
    end(measured(quick="--quick" in sys.argv[1:]))
