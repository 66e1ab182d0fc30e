"""Run all benchmarks and write their table with machine and date: ``docs/explanation/what-it-costs.md``.

``python benchmarks/write_table.py [--quick]``: ``--quick`` takes a fifth of each, and writes nothing.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain

import growth
import psutil
import wagtail
from figures import Figure, print_all
from spent import MIB, ROOT

PAGE = ROOT / "docs" / "explanation" / "what-it-costs.md"
BEGIN, END = "<!-- table:start -->", "<!-- table:end -->"


def table(figures: list[Figure]) -> str:
    """Return the table as Markdown, with the machine it was measured on."""
    gib = round(psutil.virtual_memory().total / MIB / 1024)
    versions = ", ".join(f"{name} {version(name)}" for name in ("django", "wagtail"))
    measured = (
        f"Measured on {datetime.now(UTC):%-d %B %Y}: {os.cpu_count()} processors ({platform.machine()}), "
        f"{gib} GiB, {platform.system()}, Python {platform.python_version()}, {versions}."
    )
    lines = [
        measured,
        "",
        "| what | beside | measured | ratio | wanted |",
        "|---|---|---|---|---|",
        *(
            f"| {figure.what} | {figure.baseline} | {figure.ours} | {figure.ratio:.2f} | "
            f"{figure.wanted}{'' if figure.met else ', **missed**'} |"
            for figure in figures
        ),
    ]
    return "\n".join(lines)


def write(figures: list[Figure]) -> None:
    """Replace the table of the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table(figures)}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def written(figures: Iterable[Figure]) -> Iterator[Figure]:
    """Yield ``figures``, and write after each the table of those that there are."""
    known: list[Figure] = []
    for figure in figures:
        known.append(figure)
        write(known)
        yield figure


def main() -> None:
    """Measure and print all, write the table, and end with status 1 where a figure is not what is wanted."""
    quick = "--quick" in sys.argv[1:]
    figures = chain(wagtail.measure(quick=quick), growth.measure(quick=quick))
    sys.exit(not print_all(figures if quick else written(figures)))


if __name__ == "__main__":
    main()
