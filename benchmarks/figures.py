"""The form of what the benchmarks measure: two figures of one run, their ratio, and what is wanted of it."""

from __future__ import annotations

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


def print_all(figures: Iterable[Figure]) -> bool:
    """Print each figure as soon as it is measured; return whether all are what is wanted."""
    met = True
    for figure in figures:
        wanted = f" (wanted: {figure.wanted})" if figure.wanted else ""
        print(f"{figure.what}: {figure.baseline}; {figure.ours}; {figure.ratio:.2f}{wanted}", flush=True)
        met = met and figure.met
    return met
