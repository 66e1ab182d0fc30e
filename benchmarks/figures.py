"""The form of what the benchmarks measure: two figures of one run, their ratio, and what is wanted of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NamedTuple


class Figure(NamedTuple):
    """One line of the table; ``least`` or ``most`` is what is wanted of ``ratio``, neither says nothing."""

    what: str
    baseline: str
    ours: str
    ratio: float
    least: float | None = None
    most: float | None = None

    @property
    def wanted(self) -> str:
        """What the ratio has to be."""
        if self.least is not None:
            return f"at least {self.least:g}"
        return "" if self.most is None else f"at most {self.most:g}"

    @property
    def met(self) -> bool:
        """Whether the ratio is what is wanted."""
        return (self.least is None or self.ratio >= self.least) and (
            self.most is None or self.ratio <= self.most
        )


def told(figure: Figure) -> Figure:
    """Print a figure as soon as it is there, and return it."""
    wanted = f" (wanted: {figure.wanted})" if figure.wanted else ""
    print(f"{figure.what}: {figure.baseline}; {figure.ours}; {figure.ratio:.2f}{wanted}", flush=True)
    return figure


def end(figures: Iterable[Figure]) -> None:
    """End the process: with status 1 where a figure is not what is wanted."""
    missed = [figure for figure in figures if not figure.met]
    sys.exit(bool(missed))
