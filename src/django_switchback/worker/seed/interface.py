"""What seeding speaks of: models, rows, temperaments, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec
from django.db import models

from django_switchback.errors import SwitchbackError

Model: TypeAlias = type[models.Model]
Field: TypeAlias = "models.Field[Any, Any]"
ModelRowValues: TypeAlias = dict[str, Any]
"""The values of one row by attribute name; what the database shall fill in by itself is left out."""

Profile: TypeAlias = Literal["typical", "low", "high", "odd", "twin"]
"""Temperaments. *typical*: as a user would have stored it; *low*: null, empty, smallest; *high*: longest,
largest; *odd*: unicode outside the basic plane, equal timestamps; *twin*: as like the first row of the table
as uniqueness allows, typical otherwise."""

TYPICAL_ROWS = 3
EDGE_PROFILES: tuple[Profile, ...] = ("low", "high", "odd", "twin")


def referred_model(field: Field) -> Model | None:
    """Return the model that a foreign key points at, ``None`` for any other field."""
    if not isinstance(field, models.ForeignKey):
        return None
    return field.related_model


class RowRequest(NamedTuple):
    """What is asked of one row: its number in the table, its temperament, how often it was refused.

    ``extreme`` names the columns that the temperament holds for (``None``: all); the others are typical.
    """

    number: int
    profile: Profile = "typical"
    attempt: int = 0
    extreme: frozenset[str] | None = None

    def profile_of(self, field: Field) -> Profile:
        """Return the temperament of one column."""
        if self.profile == "twin" or (self.extreme is not None and field.column not in self.extreme):
            return "typical"
        return self.profile

    @property
    def sequence(self) -> int:
        """A number that no other row and no other attempt of a fill has."""
        # NOTE: a prime, so that what takes turns by a number has another turn with each attempt.
        return self.number + 1009 * self.attempt


class RowAt(NamedTuple):
    """Stands for the key of the row at ``place`` of the same batch, which the database has yet to give."""

    place: int


class SeedCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the managed tables have rows, and why each of the others has none.

    ``chosen`` are the tables without rows that the project's own scenarios want so, and those that must refer
    to one of them. ``fewer`` says why a table has fewer rows than were asked for.
    """

    tables: int
    seeded: int
    inserted: int = 0
    empty: dict[str, str] = {}
    chosen: tuple[str, ...] = ()
    fewer: dict[str, str] = {}
    seconds: float = 0.0


class NewRows(msgspec.Struct, frozen=True, kw_only=True):
    """The new rows: their primary keys as the database's text, by table, and why a table got none."""

    keys: Mapping[str, tuple[tuple[str | None, ...], ...]] = {}
    unwritten: Mapping[str, str] = {}


class NoRow(SwitchbackError):
    """No row could be made for a table; caught by the seeder and told in the coverage."""

    def __init__(self, table: str, reason: str) -> None:
        self.table = table
        self.reason = reason
        super().__init__(f"no row for {table}: {reason}")
