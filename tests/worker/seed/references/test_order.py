"""Which tables come first."""

from __future__ import annotations

import pytest

from django_switchback.worker.seed.references.order import dependency_order

NONE: dict[str, frozenset[str]] = {}


@pytest.mark.parametrize(
    ("hard", "soft", "expected"),
    [
        ({}, {}, "abc"),
        ({"a": "b", "b": "c"}, {}, "cba"),
        ({}, {"a": "c"}, "bca"),
        ({"b": "a"}, {"a": "b"}, "cab"),
        ({"a": "b", "b": "a"}, {}, "cab"),
        ({"a": "a"}, {}, "abc"),
        ({"a": "missing"}, {}, "abc"),
    ],
)
def test_order(hard: dict[str, str], soft: dict[str, str], expected: str) -> None:
    """Needs come first, wishes if they can, cycles are cut, and otherwise the order given is kept."""
    needs = {item: frozenset({need}) for item, need in hard.items()}
    wants = {item: frozenset({want}) for item, want in soft.items()}
    assert "".join(dependency_order(tuple("abc"), needs, wants)) == expected


@pytest.mark.parametrize(
    ("hard", "soft", "expected"),
    [
        ({}, {"a": "b", "b": "c", "c": "b"}, "bac"),
        ({"a": "b", "b": "c", "c": "b"}, {}, "bac"),
        ({"a": "b"}, {"b": "c", "c": "b"}, "bac"),
        ({}, {"a": "bc", "b": "a", "c": "d", "d": "c"}, "cdab"),
    ],
)
def test_a_cycle_is_cut_within_itself(hard: dict[str, str], soft: dict[str, str], expected: str) -> None:
    """What depends on a cycle, or is in a cycle that depends on another one, comes after it."""
    needs, wants = ({item: frozenset(other) for item, other in given.items()} for given in (hard, soft))
    assert "".join(dependency_order(tuple(sorted(expected)), needs, wants)) == expected


def test_a_long_chain_is_ordered() -> None:
    """References that are thousands of rows deep need no recursion, and no time to speak of."""
    items = tuple(range(5000))
    chain = {item: frozenset({item + 1}) for item in items[:-1]}
    assert dependency_order(items, {}, chain) == items[::-1]
