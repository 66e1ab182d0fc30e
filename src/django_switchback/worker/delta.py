"""Delta debugging: the fewest of many things that still do it. Pure: the trial and the clock are brought.

After Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), for things of which
some need others: what is tried always holds all that its members need.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T", bound=Hashable)


class OutOfTime(Exception):
    """Raised by whoever brings the trials when there shall be no more of them."""


class Smallest(NamedTuple, Generic[T]):
    """What is left, in the order given; ``complete``: without any one of them it is not seen any more."""

    kept: tuple[T, ...]
    trials: int
    complete: bool


def smallest(
    things: Sequence[T], shows: Callable[[frozenset[T]], bool], needs: Mapping[T, Collection[T]] | None = None
) -> Smallest[T] | None:
    """Return the fewest of ``things`` with which ``shows`` is still true; ``None`` where it never is.

    The most suspected stand first: they are tried alone, then twice as many, and so on. ``needs`` names for a
    thing those that must be there with it. ``shows`` may raise :class:`OutOfTime`: what was found by then is
    returned as not complete, ``None`` where nothing was.
    """
    search = _Search(things, shows, needs or {})
    try:
        found = search.first()
    except OutOfTime:
        return None
    if found is None:
        return None
    complete = True
    for fewer in search.ever_fewer(found):
        if fewer is None:
            complete = False
            break
        found = fewer
    return Smallest(search.ordered(found), search.trials, complete)


class _Search(Generic[T]):
    """One search: what was asked already is not asked again."""

    def __init__(
        self,
        things: Sequence[T],
        shows: Callable[[frozenset[T]], bool],
        needs: Mapping[T, Collection[T]],
    ) -> None:
        self._things = tuple(dict.fromkeys(things))
        self._shows = shows
        self._needs = {thing: _closed((thing,), needs) for thing in self._things}
        self._asked: dict[frozenset[T], bool] = {}
        self.trials = 0

    def first(self) -> frozenset[T] | None:
        """Return the first of nothing, the most suspected one, two, four … that shows it, if any does."""
        number = 0
        while True:
            tried = self._whole(self._things[:number])
            if self._does(tried):
                return tried
            if number >= len(self._things):
                return None
            number = number * 2 or 1

    def ever_fewer(self, found: frozenset[T]) -> Iterator[frozenset[T] | None]:
        """Yield smaller and smaller sets that show it, at last ``None`` where time ran out."""
        parts = 2
        while found:
            try:
                fewer = next((one for one in self._without_a_part(found, parts) if self._does(one)), None)
            except OutOfTime:
                yield None
                return
            if fewer is not None:
                found = fewer
                parts = max(parts - 1, 2)
                yield found
            elif parts >= len(found):
                return
            else:
                parts = min(parts * 2, len(found))

    def ordered(self, found: Collection[T]) -> tuple[T, ...]:
        """Return ``found`` in the order of the things."""
        return tuple(thing for thing in self._things if thing in found)

    def _without_a_part(self, found: frozenset[T], parts: int) -> Iterator[frozenset[T]]:
        """Yield ``found`` without each of so many parts of it, and without what needs one that is gone."""
        members = self.ordered(found)
        size = -(-len(members) // parts)
        # The least suspected go first.
        for end in range(len(members), 0, -size):
            gone = set(members[max(0, end - size) : end])
            left = frozenset(thing for thing in found if not self._needs[thing] & gone)
            if left != found:
                yield left

    def _whole(self, things: Iterable[T]) -> frozenset[T]:
        return frozenset(needed for thing in things for needed in self._needs[thing])

    def _does(self, things: frozenset[T]) -> bool:
        if things not in self._asked:
            self.trials += 1
            self._asked[things] = self._shows(things)
        return self._asked[things]


def _closed(things: Collection[T], needs: Mapping[T, Collection[T]]) -> frozenset[T]:
    """Return ``things`` with all that they need, and that those need."""
    found: set[T] = set()
    waiting = list(things)
    while waiting:
        thing = waiting.pop()
        if thing not in found:
            found.add(thing)
            waiting += needs.get(thing, ())
    return frozenset(found)
