"""Random generators that repeat: the same seed and place give the same numbers in every process."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def seeded_rng(seed: int, *place: object) -> Random:
    """Return a generator seeded by ``seed`` and ``place``, independent of PYTHONHASHSEED."""
    return Random(f"{seed}:{':'.join(map(str, place))}")


def item_at(items: Sequence[T], number: int) -> T:
    """Return the item at ``number``, cycling through ``items``."""
    return items[number % len(items)]
