"""Numbers and truth values."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, cast

from django.db.backends.base.operations import BaseDatabaseOperations

if TYPE_CHECKING:
    from django_switchback.worker.seed.values.request import ValueRequest

_RANGES = BaseDatabaseOperations.integer_field_ranges
_SQLITE_DIGITS = 15
"""SQLite keeps decimals as doubles: Django cannot read back what has more digits than they hold."""

_WIDE = (-(2**31), 2**31 - 1)


def integer(ask: ValueRequest) -> int:
    """Return a whole number within what the column type takes on a database that enforces it."""
    low, high = _RANGES.get(ask.field.get_internal_type(), _WIDE)
    match ask.profile:
        case "low":
            return low + ask.number if ask.unique else low
        case "high":
            return high - ask.number if ask.unique else high
        case "odd" if not ask.unique:
            return max(low, 0)
    low, high = ask.bounds(max(low, 0), high)
    if ask.unique:
        return cast("int", low + 1 + ask.number % max(1, high - low))
    return int(_typical(ask, int(low), int(high)))


def _typical(ask: ValueRequest, low: int, high: int) -> int:
    if "year" in ask.field.name and low <= 2024 <= high:
        return 2020 + ask.number % 6
    return ask.rng.randint(max(low, min(1, high)), max(low, min(high, max(low, 1) + 99)))


def floating(ask: ValueRequest) -> float:
    """Return a double; the extremes stay clear of overflow in text."""
    match ask.profile:
        case "low":
            return -1.5e300 + ask.number * 1e290
        case "high":
            return 1.5e300 - ask.number * 1e290
        case "odd" if not ask.unique:
            return 0.1 + 0.2
    low, high = ask.bounds(0.0, 1e6)
    span = min(float(high) - float(low), 100.0)
    return round(
        float(low) + (ask.number * 0.25) % span if ask.unique else float(low) + ask.rng.random() * span, 3
    )


def fixed(ask: ValueRequest) -> Decimal:
    """Return a decimal within the field's digits."""
    places: int = getattr(ask.field, "decimal_places", None) or 0
    digits: int = getattr(ask.field, "max_digits", None) or 12
    if ask.vendor == "sqlite":
        digits = min(digits, _SQLITE_DIGITS)
    step = Decimal(1).scaleb(-places)
    most = Decimal(10**digits - 1).scaleb(-places)
    match ask.profile:
        case "low":
            return -most + step * ask.number * ask.unique
        case "high":
            return most - step * ask.number * ask.unique
        case "odd" if not ask.unique:
            return step * 0
    low, high = ask.bounds(Decimal(0), most)
    steps = int((Decimal(high) - Decimal(low)) / step)
    at = ask.number + 1 if ask.unique else ask.rng.randint(0, min(steps, 10**4))
    return (Decimal(low) + step * (at % (steps + 1))).quantize(step)


def truth(ask: ValueRequest) -> bool:
    """Return a truth value; both occur."""
    return {"low": False, "high": True}.get(ask.profile, ask.number % 2 == 0)
