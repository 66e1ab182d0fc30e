"""Values that meet a condition over many columns, found without trying all combinations."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan

from django_switchback.worker.seed.constraints.conditions import evaluate
from django_switchback.worker.seed.constraints.solver import solutions

LINKS = [f"link{number}" for number in range(12)]
POOLS: dict[str, list[Any]] = {name: [1, 2, 3, None] for name in LINKS}


def at_most_one() -> Q:
    """Return the condition that at most one of the links is set."""
    some = Q()
    for kept in LINKS:
        some |= Q(**{f"{name}__isnull": True for name in LINKS if name != kept})
    return some


def exactly_one() -> Q:
    """Return the condition that exactly one of the links is set."""
    some = Q()
    for kept in LINKS:
        some |= Q(**{f"{name}__isnull": name != kept for name in LINKS})
    return some


@pytest.mark.parametrize("condition", [at_most_one(), exactly_one(), ~Q(~exactly_one())])
def test_one_of_many(condition: Q) -> None:
    """One of twelve links is left, another one for another first branch."""
    kept = set()
    for branch in range(3):
        found = next(solutions([condition], POOLS, branch))
        assert evaluate(condition, found.get)
        kept |= {name for name in LINKS if found.get(name) is not None}
    assert len(kept) == (3 if condition != at_most_one() else len(kept))


@pytest.mark.parametrize(
    ("conditions", "pools", "expected"),
    [
        ([Q(a=1) | Q(b=2), Q(a=3)], {"a": [1, 3], "b": [5, 2]}, {"a": 3, "b": 2}),
        ([GreaterThan(F("a"), F("b"))], {"a": [1, 5], "b": [3]}, {"a": 5, "b": 3}),
        ([~Q(a=1), ~(Q(b=1) | Q(b=2))], {"a": [1, 2], "b": [1, 2, 3]}, {"a": 2, "b": 3}),
        ([~Q(a=1, b=1), Q(a=1)], {"a": [1], "b": [1, 2]}, {"a": 1, "b": 2}),
        ([Q(a=1) ^ Q(b=1)], {"a": [1], "b": [1, 2]}, {"a": 1, "b": 2}),
        ([Q(elsewhere=1), Q(a=2)], {"a": [1, 2]}, {"a": 2}),
        ([Q(a__unknown=1), Q(a=2)], {"a": [1, 2]}, {"a": 2}),
        ([Q(a=7)], {"a": [1, 2]}, None),
        ([Q(a=1), Q(a=2)], {"a": [1, 2]}, None),
    ],
)
def test_conditions(
    conditions: list[Any], pools: dict[str, list[Any]], expected: dict[str, Any] | None
) -> None:
    """Parts share their values; what cannot be evaluated is left to the database."""
    assert next(solutions(conditions, pools), None) == expected


def test_ends() -> None:
    """A condition that nothing meets ends the search instead of trying all combinations."""
    never = [Q(**{f"{name}__isnull": False}) | Q(first=2) for name in LINKS]
    assert next(solutions([*never, Q(first=9)], {**POOLS, "first": [1, 2]}), None) is None
