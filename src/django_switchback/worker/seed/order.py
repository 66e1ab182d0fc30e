"""Which tables first: those that others refer to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def dependency_order(
    items: tuple[T, ...], hard: Mapping[T, frozenset[T]], soft: Mapping[T, frozenset[T]]
) -> tuple[T, ...]:
    """Return ``items`` with what each needs (``hard``) before it, and if it can be what it wants (``soft``).

    Cycles are cut where the fewest needs stay unmet; otherwise the order given is kept.
    """
    left = dict.fromkeys(items)
    ordered: list[T] = []
    while left:
        ready = [item for item in left if not _unmet(item, hard, left)]
        fully = [item for item in ready if not _unmet(item, soft, left)]
        chosen = fully or ready[:1] or [min(left, key=lambda item: len(_unmet(item, hard, left)))]
        for item in chosen:
            del left[item]
        ordered += chosen
    return tuple(ordered)


def _unmet(item: T, needs: Mapping[T, frozenset[T]], left: Mapping[T, None]) -> set[T]:
    return {need for need in needs.get(item, frozenset()) if need in left and need != item}
