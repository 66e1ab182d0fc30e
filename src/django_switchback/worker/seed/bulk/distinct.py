"""SQL expressions that give each row a distinct value of one column, computed from the row number."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import EmailField

from django_switchback.worker.seed.interface import Field

NUMBER = "switchback_number"
"""The column with the number of a row; the name is reserved."""

_DAYS = 2_900_000
"""Days from the first date used to the end of the year 9940; Python cannot read dates beyond 9999."""
_SECONDS_A_DAY = 86_399


class DistinctExpression(NamedTuple):
    """An SQL expression for a row's value, and the highest row number that it is valid for."""

    sql: str
    highest: int


ExpressionMaker = Callable[[Field, str, int, BaseDatabaseWrapper], DistinctExpression | None]
"""Takes the field, the quoted column of the copied row, the highest number, and the connection."""


def distinct_expression(
    field: Field, source: str, highest: int, connection: BaseDatabaseWrapper
) -> DistinctExpression | None:
    """Return an expression for distinct values of ``field``; ``None`` if only certain values are valid.

    ``source`` is the copied value as SQL; null stays null. The row number is the column :data:`NUMBER`.
    """
    if field.choices:
        return None
    maker = _MAKERS.get(field.get_internal_type())
    if maker is None and (field.db_type(connection) or "").lower().startswith(("varchar", "text", "citext")):
        maker = _text
    expression = None if maker is None else maker(field, source, highest, connection)
    if expression is None or not field.null:
        return expression
    return expression._replace(sql=f"CASE WHEN {source} IS NULL THEN NULL ELSE {expression.sql} END")


def _text(
    field: Field, source: str, highest: int, connection: BaseDatabaseWrapper
) -> DistinctExpression | None:
    """Append the row number to the text; it alone makes the values distinct."""
    longest: int | None = field.max_length
    room = None if longest is None else longest - len(str(highest)) - 1
    if room is not None and room < 0:
        return None
    if isinstance(field, EmailField):
        return DistinctExpression(
            f"{NUMBER} || '-' || {source if room is None else _end(source, room)}", highest
        )
    return DistinctExpression(
        f"{source if room is None else f'substr({source}, 1, {room})'} || '-' || {NUMBER}", highest
    )


def _end(source: str, room: int) -> str:
    return (
        f"substr({source}, CASE WHEN length({source}) > {room} THEN length({source}) - {room} ELSE 0 END + 1)"
    )


def _integer(field: Field, source: str, highest: int, connection: BaseDatabaseWrapper) -> DistinctExpression:
    bounds: tuple[int, int] = connection.ops.integer_field_range(field.get_internal_type())
    return DistinctExpression(NUMBER, min(highest, bounds[1]))


def _decimal(field: Field, source: str, highest: int, connection: BaseDatabaseWrapper) -> DistinctExpression:
    digits, places = getattr(field, "max_digits", None) or 9, getattr(field, "decimal_places", None) or 0
    number = f"{NUMBER}::numeric" if connection.vendor == "postgresql" else f"{NUMBER} * 1.0"
    return DistinctExpression(f"{number} / {10**places}", min(highest, int(10**digits) - 1))


def _float(field: Field, source: str, highest: int, connection: BaseDatabaseWrapper) -> DistinctExpression:
    return DistinctExpression(NUMBER, highest)


def _uuid(field: Field, source: str, highest: int, connection: BaseDatabaseWrapper) -> DistinctExpression:
    if connection.vendor == "postgresql":
        return DistinctExpression(
            f"('5eed0000-0000-4000-8000-' || lpad(to_hex({NUMBER}), 12, '0'))::uuid", highest
        )
    return DistinctExpression(f"'5eed0000000040008000' || printf('%012x', {NUMBER})", highest)


def _date(field: Field, source: str, highest: int, connection: BaseDatabaseWrapper) -> DistinctExpression:
    day = (
        f"date '2000-01-01' + {NUMBER}::integer"
        if connection.vendor == "postgresql"
        else _sqlite("date", "days")
    )
    return DistinctExpression(day, min(highest, _DAYS))


def _datetime(field: Field, source: str, highest: int, connection: BaseDatabaseWrapper) -> DistinctExpression:
    expression = f"timestamptz '2001-01-01 00:00:00Z' + {NUMBER} * interval '1 second'"
    return DistinctExpression(
        expression if connection.vendor == "postgresql" else _sqlite("datetime", "seconds"), highest
    )


def _time(field: Field, source: str, highest: int, connection: BaseDatabaseWrapper) -> DistinctExpression:
    time = f"time '00:00' + {NUMBER} * interval '1 second'"
    expression = time if connection.vendor == "postgresql" else _sqlite("time", "seconds")
    return DistinctExpression(expression, min(highest, _SECONDS_A_DAY))


def _duration(field: Field, source: str, highest: int, connection: BaseDatabaseWrapper) -> DistinctExpression:
    return DistinctExpression(
        f"{NUMBER} * interval '1 second'" if connection.vendor == "postgresql" else f"{NUMBER} * 1000000",
        highest,
    )


def _sqlite(function: str, unit: str) -> str:
    return f"{function}('2001-01-01 00:00:00', '+' || {NUMBER} || ' {unit}')"


def _address(
    field: Field, source: str, highest: int, connection: BaseDatabaseWrapper
) -> DistinctExpression | None:
    if getattr(field, "protocol", "both").lower() == "ipv6":
        return None
    if connection.vendor == "postgresql":
        return DistinctExpression(f"inet '10.0.0.0' + {NUMBER}", min(highest, 2**24 - 1))
    parts = f"'10.' || ({NUMBER} / 65536) || '.' || ({NUMBER} / 256 % 256) || '.' || ({NUMBER} % 256)"
    return DistinctExpression(parts, min(highest, 2**24 - 1))


_MAKERS: dict[str, ExpressionMaker] = {
    "CharField": _text,
    "TextField": _text,
    "SlugField": _text,
    "FileField": _text,
    "FilePathField": _text,
    "UUIDField": _uuid,
    "GenericIPAddressField": _address,
    "DateField": _date,
    "DateTimeField": _datetime,
    "TimeField": _time,
    "DurationField": _duration,
    "DecimalField": _decimal,
    "FloatField": _float,
    **dict.fromkeys(
        (
            "IntegerField",
            "BigIntegerField",
            "SmallIntegerField",
            "PositiveIntegerField",
            "PositiveBigIntegerField",
            "PositiveSmallIntegerField",
        ),
        _integer,
    ),
}
"""By ``get_internal_type`` name, which custom fields return too."""
