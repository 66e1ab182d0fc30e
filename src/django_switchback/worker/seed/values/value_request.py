"""Describes the request for one value, and the type of its makers."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple, TypeAlias

from django.core import validators

from django_switchback.worker.seed.interface import Field, Profile


class ValueRequest(NamedTuple):
    """A request for one value: the field, its profile, and whether the value must be unique."""

    field: Field
    profile: Profile
    number: int
    rng: Random
    unique: bool
    vendor: str = ""

    @property
    def limit(self) -> int | None:
        """The maximum number of characters, bytes or digits of the column."""
        length: int | None = getattr(self.field, "max_length", None)
        return length

    def bounds(self, low: Any, high: Any) -> tuple[Any, Any]:
        """Return ``low`` and ``high`` narrowed by the field's validators, for typical values."""
        for validator in self.field.validators:
            if not isinstance(validator, validators.BaseValidator):
                continue
            edge = validator.limit_value() if callable(validator.limit_value) else validator.limit_value
            if isinstance(validator, validators.MinValueValidator):
                low = max(low, edge)
            elif isinstance(validator, validators.MaxValueValidator):
                high = min(high, edge)
        return low, high


ValueMaker: TypeAlias = Callable[[ValueRequest], Any]
