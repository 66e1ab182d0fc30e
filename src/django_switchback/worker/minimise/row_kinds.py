"""Finds the minimal row kind that reproduces each symptom of a cycle; the caller runs the trials. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal, NamedTuple, TypeAlias

from django_switchback.evidence import Direction, Rows

ROW_KINDS: tuple[Rows, ...] = ("none", "typical", "edge", "new")
"""Row kinds, from no rows to all."""
ROW_KINDS_WITHOUT_EDGE: tuple[Rows, ...] = ("none", "typical", "new")
"""Row kinds for the cycle repeated without edge rows, after edge rows made the forward step fail."""
OLD: tuple[Rows, ...] = ("none", "typical")
"""Row kinds for the cycle repeated without new rows, after these made a later step fail as well."""
SymptomKey: TypeAlias = tuple[Literal["step", "restored", "reapplied"], Direction]


def minimal_row_kinds(
    symptoms: Collection[SymptomKey],
    shows: Callable[[Rows], Collection[SymptomKey]],
    row_kinds: tuple[Rows, ...] = ROW_KINDS,
    *,
    refused: bool = True,
) -> dict[SymptomKey, Rows]:
    """Return the minimal one of ``row_kinds`` that reproduces each symptom, assuming monotonicity.

    Monotonicity: a symptom seen with few rows is seen with more. ``shows`` runs a trial with one kind of rows
    and returns its symptoms; it is called as rarely as possible. ``refused``: the step failed with a database
    error, so the largest old kind is tried before no rows. A loss that new rows alone do not reproduce is
    attributed to old rows.
    """
    *_, old, new = row_kinds
    # New rows do not exist in the forward step: the largest kind there is the old rows.
    bounds_by_symptom = {
        symptom: _KnownBounds(row_kinds, old if symptom == ("step", "forward") else new)
        for symptom in symptoms
    }
    while (rows := _next_row_kind(bounds_by_symptom, refused=refused)) is not None:
        shown = shows(rows)
        bounds_by_symptom = {
            symptom: bounds.narrowed(rows, shows=symptom in shown)
            for symptom, bounds in bounds_by_symptom.items()
        }
    minimal = {symptom: bounds.shows for symptom, bounds in bounds_by_symptom.items()}
    blamed = {symptom for symptom, rows in minimal.items() if rows == "new" and symptom[0] == "restored"}
    if blamed:
        minimal |= dict.fromkeys(blamed.difference(shows("new")), old)
    return minimal


class _KnownBounds(NamedTuple):
    """The smallest row kind known to show a symptom, and the largest known not to."""

    row_kinds: tuple[Rows, ...]
    shows: Rows
    hidden: Rows | None = None

    @property
    def between(self) -> tuple[Rows, ...]:
        """The row kinds still to be tried, smallest first."""
        start = 0 if self.hidden is None else self.row_kinds.index(self.hidden) + 1
        return self.row_kinds[start : self.row_kinds.index(self.shows)]

    def narrowed(self, rows: Rows, *, shows: bool) -> _KnownBounds:
        """Return the bounds narrowed by the result of a trial with ``rows``."""
        if rows not in self.between:
            return self
        return self._replace(shows=rows) if shows else self._replace(hidden=rows)


def _next_row_kind(bounds_by_symptom: dict[SymptomKey, _KnownBounds], *, refused: bool) -> Rows | None:
    """Return the row kind to try next, ``None`` once all bounds meet.

    Heuristics: lost values mostly show with typical rows, a database error with the largest old kind or with
    no rows, other errors with no rows.
    """
    for symptom, bounds in bounds_by_symptom.items():
        most = bounds.row_kinds[-2]
        order: tuple[Rows, ...] = (most, "none") if refused else ("none", most)
        candidates = order if symptom[0] == "step" else ("typical",)
        if bounds.between:
            return next((rows for rows in candidates if rows in bounds.between), bounds.between[0])
    return None
