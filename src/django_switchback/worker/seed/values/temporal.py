"""Moments and lengths of time; never the clock's."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from django_switchback.worker.seed.values.request import ValueRequest

_FIRST = datetime(2024, 3, 5, 9, 30)
_EQUAL = datetime(2024, 2, 29, 23, 59, 59, 999999)
# NOTE: further out, a server in another time zone answers with moments that Python cannot hold.
_EARLIEST = datetime(1000, 1, 1)
_LATEST = datetime(9000, 12, 31, 23, 59, 59, 999999)


def _moment(ask: ValueRequest) -> datetime:
    step = timedelta(days=ask.number, minutes=7 * ask.number % 1440) if ask.unique else timedelta()
    match ask.profile:
        case "low":
            return _EARLIEST + step
        case "high":
            return _LATEST - step
        case "odd":
            return _EQUAL + step
    return _FIRST + timedelta(days=ask.number, minutes=ask.number * 97 % 480)


def moment(ask: ValueRequest) -> datetime:
    """Return a date and time, aware exactly where the project uses time zones."""
    plain = _moment(ask)
    return plain.replace(tzinfo=UTC) if settings.USE_TZ else plain


def day(ask: ValueRequest) -> date:
    """Return a date."""
    return _moment(ask).date()


def clock(ask: ValueRequest) -> time:
    """Return a time of day."""
    if ask.unique or ask.profile == "typical":
        return time(ask.number * 7 % 24, ask.number * 11 % 60, ask.number % 60)
    return {"low": time.min, "high": time.max}.get(ask.profile, _EQUAL.time())


def length(ask: ValueRequest) -> timedelta:
    """Return a length of time."""
    match ask.profile:
        case "low":
            return timedelta(days=-99999, microseconds=ask.number)
        case "high":
            return timedelta(days=99999, microseconds=999999 - ask.number)
        case "odd" if not ask.unique:
            return timedelta()
    return timedelta(minutes=15 * (ask.number + 1))
