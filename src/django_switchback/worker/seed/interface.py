"""Types of the seeder: models, rows, profiles and coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias, cast

import msgspec
from django.db import models

from django_switchback.errors import SwitchbackError

Model: TypeAlias = type[models.Model]
Field: TypeAlias = "models.Field[Any, Any]"
ModelRowValues: TypeAlias = dict[str, Any]
"""The values of one row by attribute name, without the columns that the database fills."""

FixedValues: TypeAlias = tuple[tuple[str, Any], ...]
"""Values by attribute name; a :class:`RowWith` in place of a key."""

Profile: TypeAlias = Literal["typical", "low", "high", "odd", "twin"]
"""Row profiles. *typical*: as a user would have stored it; *low*: null, empty, smallest; *high*: longest,
largest; *odd*: unusual values, such as unicode outside the basic plane and equal timestamps; *twin*: equal to
the first row of the table as far as uniqueness allows, typical otherwise."""

TYPICAL_ROWS = 3
EDGE_PROFILES: tuple[Profile, ...] = ("low", "high", "odd", "twin")


def referred_model(field: Field) -> Model | None:
    """Return the target model of a foreign key, ``None`` for any other field."""
    if not isinstance(field, models.ForeignKey):
        return None
    return field.related_model


def target_field(field: Field) -> Field:
    """Return the field that the foreign key ``field`` refers to."""
    return cast("models.ForeignKey[Any, Any]", field).target_field


def limit_of(field: Field) -> Any:
    """Return ``limit_choices_to`` of a foreign key; empty for any other field."""
    return field.get_limit_choices_to() if isinstance(field, models.ForeignKey) else {}


_SORTED_FIELDS: frozenset[type[Field]] = frozenset(
    (
        *(models.CharField, models.SlugField, models.TextField, models.BooleanField),
        *(models.DecimalField, models.FloatField, models.IntegerField, models.BigIntegerField),
        *(models.SmallIntegerField, models.PositiveIntegerField, models.PositiveSmallIntegerField),
    )
)
"""Fields whose columns every database sorts; a subclass may have a type that cannot be sorted."""


def row_order(model: Model) -> tuple[str, ...]:
    """Return the fields to sort rows of ``model`` by, so that each run reads them in the same order.

    Keys that are no numbers come last: a migration may draw them at random, and then their order would be
    another one in each run, and with it the rows that others refer to.
    """
    if isinstance(model._meta.pk, models.IntegerField):
        return ("pk",)
    fields = model._meta.concrete_fields
    return (
        *(field.attname for field in fields if type(field) in _SORTED_FIELDS and not field.primary_key),
        "pk",
    )


class RowWith(NamedTuple):
    """A reference to a row of ``model`` that has the values ``fixed``, by its column ``attname``.

    Without ``attname``, by the column that the foreign key refers to.
    """

    model: Model
    fixed: FixedValues
    attname: str = ""


class RowRequest(NamedTuple):
    """A request for one row: its number in the table, its profile and the count of refused attempts.

    ``extreme`` limits the profile to these columns (``None``: all columns); the others are typical. ``fixed``
    has the values that the row must have, by attribute name.
    """

    number: int
    profile: Profile = "typical"
    attempt: int = 0
    extreme: frozenset[str] | None = None
    fixed: FixedValues = ()

    @property
    def is_as_stored(self) -> bool:
        """Whether an application would store the row, but for values of certain columns."""
        return self.profile == "typical" or (self.profile != "twin" and self.extreme is not None)

    def profile_of(self, field: Field) -> Profile:
        """Return the profile of one column."""
        if self.profile == "twin" or (self.extreme is not None and field.column not in self.extreme):
            return "typical"
        return self.profile

    @property
    def sequence(self) -> int:
        """The sequence number, unique among all rows and attempts of a fill."""
        # NOTE: a prime, so that values cycled by this number differ with each attempt.
        return self.number + 1009 * self.attempt


class RowAt(NamedTuple):
    """A reference to the row at ``place`` of the same batch, whose key the database has not assigned yet."""

    place: int


class SeedCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """The number of managed tables with rows, and the reason for each table without rows.

    ``empty_by_choice`` are the tables that the project's scenarios keep empty, and those that must refer
    to one of them. ``fewer`` gives the reason for each table with fewer rows than requested.
    """

    tables: int
    seeded: int
    inserted: int = 0
    empty: dict[str, str] = {}
    empty_by_choice: tuple[str, ...] = ()
    fewer: dict[str, str] = {}
    seconds: float = 0.0


class NewRows(msgspec.Struct, frozen=True, kw_only=True):
    """The new rows: primary keys as the database's text by table, and the reasons for tables without."""

    keys: Mapping[str, tuple[tuple[str | None, ...], ...]] = {}
    unwritten: Mapping[str, str] = {}


class NoRow(SwitchbackError):
    """No valid row for a table was found; the seeder catches it and reports the reason in the coverage."""

    def __init__(self, table: str, reason: str) -> None:
        self.table = table
        self.reason = reason
        super().__init__(f"no row for {table}: {reason}")
