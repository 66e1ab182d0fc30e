"""Orders tables so that referenced tables come first (topological order with cycles cut)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def dependency_order(
    items: tuple[T, ...], hard: Mapping[T, frozenset[T]], soft: Mapping[T, frozenset[T]]
) -> tuple[T, ...]:
    """Return ``items`` with the ``hard`` dependencies of each before it, and the ``soft`` ones if possible.

    Cycles are cut where the fewest hard dependencies stay unmet; otherwise the input order is kept.
    """
    remaining = dict.fromkeys(items)
    ordered: list[T] = []
    while remaining:
        ready = [item for item in remaining if not _unmet(item, hard, remaining)]
        fully = [item for item in ready if not _unmet(item, soft, remaining)]
        chosen = fully or ready[:1] or [min(remaining, key=lambda item: len(_unmet(item, hard, remaining)))]
        for item in chosen:
            del remaining[item]
        ordered += chosen
    return tuple(ordered)


def _unmet(item: T, needs: Mapping[T, frozenset[T]], remaining: Mapping[T, None]) -> set[T]:
    return {need for need in needs.get(item, frozenset()) if need in remaining and need != item}
