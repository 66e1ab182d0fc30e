"""Finds values that meet a constraint's condition, one branch of the condition after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, product
from typing import Any, TypeAlias

from django.db.models import Q
from django.db.models.expressions import ExpressionWrapper

from django_switchback.worker.seed.constraints.conditions import (
    UnsupportedCondition,
    evaluate,
    field_names_in,
)

Pools: TypeAlias = Mapping[str, Sequence[Any]]
"""Values to try for each field, the preferred ones first."""

MAX_EVALUATIONS = 4000


def solutions(conditions: Iterable[Any], pools: Pools, first_branch: int = 0) -> Iterator[dict[str, Any]]:
    """Yield values of some fields that keep each of ``conditions`` from being false.

    Backtracking search: a value chosen for one part is fixed for the others, so that "one of ten columns is
    filled" takes ten steps, not all combinations. Of alternatives, the one at ``first_branch`` comes first;
    the search ends after :data:`MAX_EVALUATIONS`.
    """
    return _Search(first_branch).all_of([(condition, True) for condition in conditions], pools)


class _Search:
    """One search, with the number of evaluations left."""

    def __init__(self, first_branch: int) -> None:
        self._first_branch = first_branch
        self._left = MAX_EVALUATIONS

    def all_of(self, parts: Sequence[tuple[Any, bool]], pools: Pools) -> Iterator[dict[str, Any]]:
        """Yield values that meet all parts; each part is a condition and what it must not contradict."""
        if not parts:
            yield {}
            return
        (condition, wanted), *others = parts
        for values in self._one(condition, pools, wanted=wanted):
            fixed = {**pools, **{name: (value,) for name, value in values.items()}}
            for more in self.all_of(others, fixed):
                yield {**values, **more}

    def _one(self, condition: Any, pools: Pools, *, wanted: bool) -> Iterator[dict[str, Any]]:
        if isinstance(condition, ExpressionWrapper):
            yield from self._one(condition.expression, pools, wanted=wanted)
        elif isinstance(condition, Q) and condition.connector != Q.XOR and condition.children:
            parts = [(child, wanted != condition.negated) for child in condition.children]
            if (condition.connector == Q.AND) == (wanted != condition.negated):
                yield from self.all_of(parts, pools)
            else:
                start = self._first_branch % len(parts)
                branches = (self.all_of([part], pools) for part in (*parts[start:], *parts[:start]))
                yield from chain.from_iterable(branches)
        else:
            yield from self._leaf(condition, pools, wanted=wanted)

    def _leaf(self, condition: Any, pools: Pools, *, wanted: bool) -> Iterator[dict[str, Any]]:
        names = sorted(field_names_in(condition))
        if not pools.keys() >= set(names):
            yield {}
            return
        for values in product(*(pools[name] for name in names)):
            if self._left <= 0:
                return
            self._left -= 1
            chosen = dict(zip(names, values, strict=True))
            try:
                met = evaluate(condition, chosen.__getitem__)
            except UnsupportedCondition:
                met = None
            if met is not (not wanted):
                yield chosen
