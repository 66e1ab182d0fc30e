"""Makes dates, times and durations; never from the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from django_switchback.worker.seed.values.value_request import ValueRequest

_FIRST = datetime(2024, 3, 5, 9, 30)
_EQUAL = datetime(2024, 2, 29, 23, 59, 59, 999999)
# NOTE: beyond these, a server in another time zone returns timestamps that Python cannot represent.
_EARLIEST = datetime(1000, 1, 1)
_LATEST = datetime(9000, 12, 31, 23, 59, 59, 999999)


def _moment(request: ValueRequest) -> datetime:
    step = (
        timedelta(days=request.number, minutes=7 * request.number % 1440) if request.unique else timedelta()
    )
    match request.profile:
        case "low":
            return _EARLIEST + step
        case "high":
            return _LATEST - step
        case "odd":
            return _EQUAL + step
    return _FIRST + timedelta(days=request.number, minutes=request.number * 97 % 480)


def date_and_time(request: ValueRequest) -> datetime:
    """Return a datetime, aware if the project uses time zones."""
    plain = _moment(request)
    return plain.replace(tzinfo=UTC) if settings.USE_TZ else plain


def day(request: ValueRequest) -> date:
    """Return a date."""
    return _moment(request).date()


def time_of_day(request: ValueRequest) -> time:
    """Return a time."""
    if request.unique or request.profile == "typical":
        return time(request.number * 7 % 24, request.number * 11 % 60, request.number % 60)
    return {"low": time.min, "high": time.max}.get(request.profile, _EQUAL.time())


def duration(request: ValueRequest) -> timedelta:
    """Return a duration."""
    match request.profile:
        case "low":
            return timedelta(days=-99999, microseconds=request.number)
        case "high":
            return timedelta(days=99999, microseconds=999999 - request.number)
        case "odd" if not request.unique:
            return timedelta()
    return timedelta(minutes=15 * (request.number + 1))
