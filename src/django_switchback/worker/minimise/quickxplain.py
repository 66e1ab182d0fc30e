"""Delta debugging: the fewest of many things that still do it. Pure: the trial and the clock are brought.

The question is that of Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), for
things of which some need others: what is tried always holds all that its members need. The way is that of
Junker's QuickXplain (2004), one culprit after the other by halving, since every trial costs a database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T", bound=Hashable)


class OutOfTime(Exception):
    """Raised by whoever brings the trials when there shall be no more of them."""


class MinimalSet(NamedTuple, Generic[T]):
    """What is left, in the order given; ``complete``: without any one of them it is not seen any more."""

    kept: tuple[T, ...]
    trials: int
    complete: bool


def minimise(
    things: Sequence[T],
    reproduces: Callable[[frozenset[T]], bool],
    needs: Mapping[T, Collection[T]] | None = None,
    *,
    takes_some: bool = False,
) -> MinimalSet[T] | None:
    """Return the fewest of ``things`` with which ``shows`` is still true; ``None`` where it never is.

    The most suspected stand first: they are tried alone, then twice as many, and so on. ``needs`` names for a
    thing those that must be there with it; that it ``takes_some`` is known. ``shows`` may raise
    :class:`OutOfTime`: what was found by then is returned as not complete, ``None`` where nothing was.
    """
    search = _QuickXplain(things, reproduces, needs or {}, takes_some=takes_some)
    found: frozenset[T] | None = None
    complete = True
    try:
        for fewer in search.ever_fewer():
            found = fewer
    except OutOfTime:
        complete = False
    return None if found is None else MinimalSet(search.ordered(found), search.trials, complete)


class _QuickXplain(Generic[T]):
    """One search: what was asked already is not asked again."""

    def __init__(
        self,
        things: Sequence[T],
        shows: Callable[[frozenset[T]], bool],
        needs: Mapping[T, Collection[T]],
        *,
        takes_some: bool,
    ) -> None:
        self._things = tuple(dict.fromkeys(things))
        self._shows = shows
        self._needs = {thing: _closed((thing,), needs) for thing in self._things}
        self._asked: dict[frozenset[T], bool] = {frozenset(): False} if takes_some else {}
        self.trials = 0

    def ever_fewer(self) -> Iterator[frozenset[T]]:
        """Yield sets that show it, each no larger than the one before, the last with nothing to spare.

        Raises :class:`OutOfTime` when whoever brings the trials does.
        """
        number = self._first()
        if number is None:
            return
        found = yield from self._culprits(number)
        while (fewer := next(filter(self._does, self._without_one(found)), None)) is not None:
            found = fewer
            yield found

    def _first(self) -> int | None:
        """Return how many of the most suspected show it, by trying none, one, then twice as many."""
        number = 0
        while not self._does(self._whole(self._things[:number])):
            if number >= len(self._things):
                return None
            number = min(number * 2 or 1, len(self._things))
        return number

    def _culprits(self, number: int) -> Generator[frozenset[T], None, frozenset[T]]:
        """Find, among the first ``number`` that show it, the last one that it takes, again and again."""
        kept: frozenset[T] = frozenset()
        while True:
            yield kept | self._whole(self._things[:number])
            if self._does(kept):
                yield kept
                return kept
            fails = 0
            while number - fails > 1:
                middle = (fails + number) // 2
                tried = kept | self._whole(self._things[:middle])
                if self._does(tried):
                    number = middle
                    yield tried
                else:
                    fails = middle
            kept |= self._needs[self._things[number - 1]]
            number -= 1

    def ordered(self, found: Collection[T]) -> tuple[T, ...]:
        """Return ``found`` in the order of the things."""
        return tuple(thing for thing in self._things if thing in found)

    def _without_one(self, found: frozenset[T]) -> Iterator[frozenset[T]]:
        """Yield ``found`` without each one of it and what needs that, the least suspected first."""
        for gone in reversed(self.ordered(found)):
            yield frozenset(thing for thing in found if gone not in self._needs[thing])

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
