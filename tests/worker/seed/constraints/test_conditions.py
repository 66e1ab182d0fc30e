"""Conditions of constraints, worked out as SQL would."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Length, Lower
from django.db.models.lookups import Exact, GreaterThan

from django_switchback.worker.seed.constraints.conditions import (
    UnsupportedCondition,
    evaluate,
    field_names_in,
    suggestions,
)

ROW: dict[str, Any] = {"a": 5, "b": 7, "text": "Word", "none": None}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Q(a=5), True),
        (Q(a=6), False),
        (Q(none=6), None),
        (Q(none=None), True),
        (Q(a__gt=4, b__lt=8), True),
        (Q(a__gt=9) | Q(b=7), True),
        (Q(none__gt=9) | Q(b=7), True),
        (Q(none__gt=9) & Q(b=7), None),
        (Q(none__gt=9) & Q(b=8), False),
        (~Q(a=5), False),
        (~Q(none=5), None),
        (Q(a=5) ^ Q(b=7), False),
        (Q(a__lt=F("b")), True),
        (Q(b__gte=F("a") + 3), False),
        (Q(a__in=[1, 5]), True),
        (Q(a__in=[1, F("b")]), False),
        (Q(a__range=(5, 6)), True),
        (Q(none__isnull=True), True),
        (Q(a__isnull=True), False),
        (Q(text__startswith="Wo"), True),
        (Q(text__iexact="WORD"), True),
        (Q(text__length__gt=4), False),
        (Q(text__regex="^[A-Z]"), True),
        (GreaterThan(F("b"), F("a")), True),
        (Exact(Lower("text"), Value("word")), True),
        (GreaterThan(Length("text"), Value(9)), False),
        (Q(), True),
    ],
)
def test_truth(condition: Any, expected: bool | None) -> None:
    """True, false and null come out as the database has them."""
    assert evaluate(condition, ROW.__getitem__) is expected


@pytest.mark.parametrize(
    "condition",
    [Q(text__contained_by=[1]), Exact(Func(F("text"), function="SOUNDEX"), Value("W630")), Q(a="x")],
)
def test_unclear(condition: Any) -> None:
    """What is beyond is said to be, unless it is plainly unequal."""
    if condition == Q(a="x"):
        assert evaluate(condition, ROW.__getitem__) is False
    else:
        with pytest.raises(UnsupportedCondition):
            evaluate(condition, ROW.__getitem__)


def test_names_and_suggestions() -> None:
    """The fields spoken of are found, and the values at and around the constants."""
    condition = Q(a__gte=5) & ~Q(text__in=["x", "y"]) & GreaterThan(F("b"), Value(3))
    assert field_names_in(condition) == {"a", "b", "text"}
    assert set(suggestions(condition, "a")) == {4, 5, 6}
    assert set(suggestions(condition, "text")) == {"x", "y"}
    assert set(suggestions(condition, "b")) == {2, 3, 4}
