"""Finds a minimal subset that still reproduces a symptom, by delta debugging with QuickXplain. Pure.

The problem is that of Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), for
items that may need other items: each set tried contains everything its members need. The algorithm is
Junker's QuickXplain (2004), which finds one culprit after another by bisection, since each trial costs a
database. The caller supplies the trial and the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T", bound=Hashable)


class OutOfTime(Exception):
    """The time for trials has run out; raised by the caller's predicate."""


class MinimalSet(NamedTuple, Generic[T]):
    """The items left, in input order; ``complete`` if removing any one of them hides the symptom."""

    kept: tuple[T, ...]
    trials: int
    complete: bool


def minimise(
    items: Sequence[T],
    reproduces: Callable[[frozenset[T]], bool],
    needs: Mapping[T, Collection[T]] | None = None,
    *,
    empty_set_passes: bool = False,
) -> MinimalSet[T] | None:
    """Return a minimal subset of ``items`` for which ``reproduces`` is true; ``None`` if there is none.

    The most suspected items come first: prefixes of doubling length are tried. ``needs`` lists the items that
    an item requires. With ``empty_set_passes``, the empty set is known not to reproduce. ``reproduces`` may
    raise :class:`OutOfTime`: the best set so far is returned as incomplete, or ``None`` if there is none yet.
    """
    search = _QuickXplain(items, reproduces, needs or {}, empty_set_passes=empty_set_passes)
    minimal: frozenset[T] | None = None
    complete = True
    try:
        for fewer in search.shrinking_sets():
            minimal = fewer
    except OutOfTime:
        complete = False
    return None if minimal is None else MinimalSet(search.ordered(minimal), search.trials, complete)


class _QuickXplain(Generic[T]):
    """One search, with a cache of trial results."""

    def __init__(
        self,
        items: Sequence[T],
        reproduces: Callable[[frozenset[T]], bool],
        needs: Mapping[T, Collection[T]],
        *,
        empty_set_passes: bool,
    ) -> None:
        self._items = tuple(dict.fromkeys(items))
        self._reproduces = reproduces
        self._needs = {item: _closure((item,), needs) for item in self._items}
        self._results: dict[frozenset[T], bool] = {frozenset(): False} if empty_set_passes else {}
        self.trials = 0

    def shrinking_sets(self) -> Iterator[frozenset[T]]:
        """Yield reproducing sets of non-increasing size; the last set is minimal.

        Raises :class:`OutOfTime` if the predicate does.
        """
        number = self._initial_prefix()
        if number is None:
            return
        current = yield from self._find_culprits(number)
        while (fewer := next(filter(self._reproduces_with, self._one_removed(current)), None)) is not None:
            current = fewer
            yield current

    def _initial_prefix(self) -> int | None:
        """Return the length of a reproducing prefix, trying 0, 1, 2, 4 ... items; ``None`` if none does."""
        number = 0
        while not self._reproduces_with(self._with_needs(self._items[:number])):
            if number >= len(self._items):
                return None
            number = min(number * 2 or 1, len(self._items))
        return number

    def _find_culprits(self, number: int) -> Generator[frozenset[T], None, frozenset[T]]:
        """Bisect the reproducing prefix of length ``number`` for its last culprit, repeatedly."""
        kept: frozenset[T] = frozenset()
        while True:
            yield kept | self._with_needs(self._items[:number])
            if self._reproduces_with(kept):
                yield kept
                return kept
            fails = 0
            while number - fails > 1:
                middle = (fails + number) // 2
                tried = kept | self._with_needs(self._items[:middle])
                if self._reproduces_with(tried):
                    number = middle
                    yield tried
                else:
                    fails = middle
            kept |= self._needs[self._items[number - 1]]
            number -= 1

    def ordered(self, subset: Collection[T]) -> tuple[T, ...]:
        """Return ``subset`` in input order."""
        return tuple(item for item in self._items if item in subset)

    def _one_removed(self, subset: frozenset[T]) -> Iterator[frozenset[T]]:
        """Yield ``subset`` minus one item and its dependents, for each item, the least suspected first."""
        for removed in reversed(self.ordered(subset)):
            yield frozenset(item for item in subset if removed not in self._needs[item])

    def _with_needs(self, items: Iterable[T]) -> frozenset[T]:
        return frozenset(needed for item in items for needed in self._needs[item])

    def _reproduces_with(self, items: frozenset[T]) -> bool:
        if items not in self._results:
            self.trials += 1
            self._results[items] = self._reproduces(items)
        return self._results[items]


def _closure(items: Collection[T], needs: Mapping[T, Collection[T]]) -> frozenset[T]:
    """Return the transitive closure of ``items`` under ``needs``."""
    closure: set[T] = set()
    waiting = list(items)
    while waiting:
        item = waiting.pop()
        if item not in closure:
            closure.add(item)
            waiting += needs.get(item, ())
    return frozenset(closure)
