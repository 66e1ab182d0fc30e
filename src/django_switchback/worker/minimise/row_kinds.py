"""The search for the fewest rows with which the troubles of a cycle show: pure, the trials are brought."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal, NamedTuple, TypeAlias

from django_switchback.evidence import Direction, Rows

ROW_KINDS: tuple[Rows, ...] = ("none", "typical", "edge", "new")
"""From the fewest to the most."""
ROW_KINDS_WITHOUT_EDGE: tuple[Rows, ...] = ("none", "typical", "new")
"""Where edge rows alone keep the target from being applied, and new ones come beside typical ones."""
OLD: tuple[Rows, ...] = ("none", "typical")
"""Where new rows keep it from being rolled back or applied again as well."""
SymptomKey: TypeAlias = tuple[Literal["step", "restored", "reapplied"], Direction]


def smallest_row_kinds(
    troubles: Collection[SymptomKey],
    shows: Callable[[Rows], Collection[SymptomKey]],
    among: tuple[Rows, ...] = ROW_KINDS,
    *,
    refused: bool = True,
) -> dict[SymptomKey, Rows]:
    """Return for each of ``troubles`` the fewest rows ``among`` those given with which it shows.

    ``shows`` makes a trial with some rows and returns what it showed. It is asked for as few trials as may
    be, on the understanding that more rows do not hide what fewer brought out; ``refused`` tells whether it
    was the database that refused a step, and not the migration's own code. What the rollback lost of rows
    that earlier targets left is not blamed on new rows that lose nothing by themselves.
    """
    *_, old, new = among
    # No new row is there yet when a target is first applied; what earlier targets left is extreme at the
    # most.
    known = {
        trouble: _KnownBounds(among, old if trouble == ("step", "forward") else new) for trouble in troubles
    }
    while (rows := _next(known, refused=refused)) is not None:
        seen = shows(rows)
        known = {trouble: one.told(rows, shows=trouble in seen) for trouble, one in known.items()}
    found = {trouble: one.shows for trouble, one in known.items()}
    blamed = {trouble for trouble, rows in found.items() if rows == "new" and trouble[0] == "restored"}
    if blamed:
        found |= dict.fromkeys(blamed.difference(shows("new")), old)
    return found


class _KnownBounds(NamedTuple):
    """The fewest rows with which a trouble is known to show, and the most with which it does not."""

    among: tuple[Rows, ...]
    shows: Rows
    hidden: Rows | None = None

    @property
    def between(self) -> tuple[Rows, ...]:
        """What is still to be tried, from the fewest rows on."""
        start = 0 if self.hidden is None else self.among.index(self.hidden) + 1
        return self.among[start : self.among.index(self.shows)]

    def told(self, rows: Rows, *, shows: bool) -> _KnownBounds:
        """Return what is known after a trial with ``rows``."""
        if rows not in self.between:
            return self
        return self._replace(shows=rows) if shows else self._replace(hidden=rows)


def _next(known: dict[SymptomKey, _KnownBounds], *, refused: bool) -> Rows | None:
    """Return what to try next, ``None`` where all is known.

    Lost values mostly take no more than typical rows. A step that the database refused mostly takes the new
    rows, or none; another one none.
    """
    for trouble, one in known.items():
        most = one.among[-2]
        steps: tuple[Rows, ...] = (most, "none") if refused else ("none", most)
        likely = steps if trouble[0] == "step" else ("typical",)
        if one.between:
            return next((rows for rows in likely if rows in one.between), one.between[0])
    return None
