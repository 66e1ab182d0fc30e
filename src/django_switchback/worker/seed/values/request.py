"""What is asked of one value, and the table of who makes it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple, TypeAlias

from django.core import validators

from django_switchback.worker.seed.interface import Field, Profile


class ValueRequest(NamedTuple):
    """One value wanted: for which field, of which temperament, and whether no other row may have it."""

    field: Field
    profile: Profile
    number: int
    rng: Random
    unique: bool
    vendor: str = ""

    @property
    def limit(self) -> int | None:
        """The most characters, bytes or digits that the column takes."""
        length: int | None = getattr(self.field, "max_length", None)
        return length

    def bounds(self, low: Any, high: Any) -> tuple[Any, Any]:
        """Return ``low`` and ``high`` narrowed by the field's own validators, for typical values."""
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
