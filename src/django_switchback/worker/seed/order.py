"""Orders tables and rows so that referenced ones come first (topological order with cycles cut)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def dependency_order(
    items: tuple[T, ...], hard: Mapping[T, frozenset[T]], soft: Mapping[T, frozenset[T]]
) -> tuple[T, ...]:
    """Return ``items`` with the ``hard`` dependencies of each before it, and the ``soft`` ones if possible.

    A cycle is cut within itself, so that what depends on it still comes after it, and there where the fewest
    hard dependencies stay unmet. Otherwise the input order is kept.
    """
    remaining = dict.fromkeys(items)
    ordered: list[T] = []
    while remaining:
        ready = [item for item in remaining if not _unmet(item, hard, remaining)]
        chosen = [item for item in ready if not _unmet(item, soft, remaining)]
        if not chosen:
            by_hard = sorted(remaining, key=lambda item: len(_unmet(item, hard, remaining)))
            chosen = [next(item for item in by_hard if _is_in_first_cycle(item, hard, soft, remaining))]
        for item in chosen:
            del remaining[item]
        ordered += chosen
    return tuple(ordered)


def _is_in_first_cycle(
    item: T, hard: Mapping[T, frozenset[T]], soft: Mapping[T, frozenset[T]], remaining: Mapping[T, None]
) -> bool:
    """Return whether ``item`` is in a cycle that depends on nothing outside it."""
    return all(
        item in _needed(other, hard, soft, remaining) for other in _needed(item, hard, soft, remaining)
    )


def _needed(
    item: T, hard: Mapping[T, frozenset[T]], soft: Mapping[T, frozenset[T]], remaining: Mapping[T, None]
) -> set[T]:
    """Return what ``item`` depends on, directly or not."""
    found: set[T] = set()
    waiting = [item]
    while waiting:
        current = waiting.pop()
        new = (_unmet(current, hard, remaining) | _unmet(current, soft, remaining)) - found
        found |= new
        waiting += new
    return found


def _unmet(item: T, needs: Mapping[T, frozenset[T]], remaining: Mapping[T, None]) -> set[T]:
    return {need for need in needs.get(item, frozenset()) if need in remaining and need != item}
