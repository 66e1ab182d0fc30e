"""Makes numbers and booleans."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, cast

from django.db.backends.base.operations import BaseDatabaseOperations

if TYPE_CHECKING:
    from django_switchback.worker.seed.values.value_request import ValueRequest

_RANGES = BaseDatabaseOperations.integer_field_ranges
_SQLITE_DIGITS = 15
"""SQLite keeps decimals as doubles: Django cannot read back what has more digits than they hold."""

_WIDE = (-(2**31), 2**31 - 1)


def integer(request: ValueRequest) -> int:
    """Return an integer within the range of the column type on databases that enforce it."""
    low, high = _RANGES.get(request.field.get_internal_type(), _WIDE)
    match request.profile:
        case "low":
            return low + request.number if request.unique else low
        case "high":
            return high - request.number if request.unique else high
        case "odd" if not request.unique:
            return max(low, 0)
    low, high = request.bounds(max(low, 0), high)
    if request.unique:
        return cast("int", low + 1 + request.number % max(1, high - low))
    return int(_typical(request, int(low), int(high)))


def _typical(request: ValueRequest, low: int, high: int) -> int:
    if "year" in request.field.name and low <= 2024 <= high:
        return 2020 + request.number % 6
    return request.rng.randint(max(low, min(1, high)), max(low, min(high, max(low, 1) + 99)))


def floating(request: ValueRequest) -> float:
    """Return a double; extremes stay within the range that survives conversion to text."""
    match request.profile:
        case "low":
            return -1.5e300 + request.number * 1e290
        case "high":
            return 1.5e300 - request.number * 1e290
        case "odd" if not request.unique:
            return 0.1 + 0.2
    low, high = request.bounds(0.0, 1e6)
    span = min(float(high) - float(low), 100.0)
    return round(
        float(low) + (request.number * 0.25) % span
        if request.unique
        else float(low) + request.rng.random() * span,
        3,
    )


def fixed(request: ValueRequest) -> Decimal:
    """Return a decimal within the field's digits."""
    places: int = getattr(request.field, "decimal_places", None) or 0
    digits: int = getattr(request.field, "max_digits", None) or 12
    if request.vendor == "sqlite":
        digits = min(digits, _SQLITE_DIGITS)
    step = Decimal(1).scaleb(-places)
    largest = Decimal(10**digits - 1).scaleb(-places)
    match request.profile:
        case "low":
            return -largest + step * request.number * request.unique
        case "high":
            return largest - step * request.number * request.unique
        case "odd" if not request.unique:
            return step * 0
    low, high = request.bounds(Decimal(0), largest)
    steps = int((Decimal(high) - Decimal(low)) / step)
    step_number = request.number + 1 if request.unique else request.rng.randint(0, min(steps, 10**4))
    return (Decimal(low) + step * (step_number % (steps + 1))).quantize(step)


def truth(request: ValueRequest) -> bool:
    """Return a boolean; both values occur."""
    return {"low": False, "high": True}.get(request.profile, request.number % 2 == 0)
