"""Orders tables and rows so that referenced ones come first (topological order with cycles cut)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

T = TypeVar("T")


def dependency_order(
    items: tuple[T, ...], hard: Mapping[T, frozenset[T]], soft: Mapping[T, frozenset[T]]
) -> tuple[T, ...]:
    """Return ``items`` with the ``hard`` dependencies of each before it, and the ``soft`` ones if possible.

    A cycle is cut within itself, so that what depends on it still comes after it, and there where the fewest
    hard dependencies stay unmet. Otherwise the input order is kept.
    """
    places = {item: place for place, item in enumerate(items)}
    unmet_hard = {item: {*hard.get(item, ())} & places.keys() - {item} for item in items}
    unmet = {item: unmet_hard[item] | ({*soft.get(item, ())} & places.keys() - {item}) for item in items}
    dependents: dict[T, list[T]] = {item: [] for item in items}
    for item, needs in unmet.items():
        for need in needs:
            dependents[need].append(item)
    ordered: dict[T, None] = {}
    ready = [item for item in items if not unmet[item]]
    while len(ordered) < len(places):
        chosen = ready or [_cut([item for item in items if item not in ordered], unmet_hard, unmet)]
        ordered.update(dict.fromkeys(chosen))
        affected = {dependent for item in chosen for dependent in dependents[item]}
        for dependent in affected:
            unmet[dependent].difference_update(chosen)
            unmet_hard[dependent].difference_update(chosen)
        ready = sorted(
            (item for item in affected if not unmet[item] and item not in ordered), key=places.__getitem__
        )
    return tuple(ordered)


def _cut(remaining: list[T], unmet_hard: Mapping[T, Collection[T]], unmet: Mapping[T, set[T]]) -> T:
    """Return an item of a cycle that depends on nothing outside it."""
    by_hard = sorted(remaining, key=lambda item: len(unmet_hard[item]))
    return next(
        item for item in by_hard if all(item in _needed(other, unmet) for other in _needed(item, unmet))
    )


def _needed(item: T, unmet: Mapping[T, set[T]]) -> set[T]:
    """Return what ``item`` depends on, directly or not."""
    found: set[T] = set()
    waiting = [item]
    while waiting:
        new = unmet[waiting.pop()] - found
        found |= new
        waiting += new
    return found
