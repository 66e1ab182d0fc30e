"""A field whose own code decides gets values that it takes, and that it reads back from its column."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ModelState

from django_switchback.worker.seed.interface import EDGE_PROFILES, Field, Profile
from django_switchback.worker.seed.seeder import Seeder
from django_switchback.worker.seed.values.field_values import make_value
from django_switchback.worker.seed.values.own_field_guesses import mentioned
from django_switchback.worker.seed.values.rng import seeded_rng
from django_switchback.worker.seed.values.value_request import ValueRequest

from ..support import created, dropped, model, rows
from . import own_columns as own

COLUMNS: list[Field] = [
    own.PackedAddress(),
    own.Normalized(max_digits=7, decimal_places=4),
    own.Items(models.CharField(max_length=9)),
    own.Items(models.IntegerField()),
    own.Items(own.TextIdentity(max_length=32)),
    own.Spans(),
    own.EnumColumn(max_length=1),
    own.Settings(),
    own.TextIdentity(max_length=32),
    own.Weekdays(max_length=50),
    own.Hostile(max_length=30),
    models.CharField(max_length=9, validators=[own.only_colours]),
    models.JSONField(validators=[own.only_lists]),
]


def seeded(database: BaseDatabaseWrapper, field: Field) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the rows that a table with this column gets, as Django reads them, and why it has none."""
    state: ModelState = model("Plot", ("column", field))
    apps = created(database, state)
    try:
        coverage = Seeder(database, 0).fill(apps)
        return rows(database, apps, "Plot"), dict(coverage.empty)
    finally:
        dropped(database, apps, state)


@pytest.mark.parametrize("field", COLUMNS, ids=lambda field: type(field).__name__)
def test_table_is_filled_and_read(field: Field, database: BaseDatabaseWrapper) -> None:
    """A table gets all its rows, edge rows as well, and each can be read; typical ones pass validation."""
    read, empty = seeded(database, field.clone())
    assert not empty
    assert len(read) == 3 + len(EDGE_PROFILES)
    for row in read[:3]:
        field.run_validators(row["column"])
        field.to_python(row["column"])


def test_column_type_decides(postgresql: BaseDatabaseWrapper) -> None:
    """Where only the column's type refuses, values are tried on the server."""
    read, empty = seeded(postgresql, own.Quota())
    assert not empty
    assert len(read) == 3 + len(EDGE_PROFILES)


def test_array_of_own_fields(postgresql: BaseDatabaseWrapper) -> None:
    """The elements of an array are values that their field takes."""
    from django.contrib.postgres.fields import ArrayField

    read, empty = seeded(postgresql, ArrayField(own.TextIdentity(max_length=32)))
    assert not empty
    assert any(row["column"] for row in read)


@pytest.mark.parametrize("kind", ["typical", "high"])
def test_default_of_last_resort(kind: Profile, sqlite: BaseDatabaseWrapper) -> None:
    """A field that takes nothing but its default gets it."""

    class Sealed(models.CharField):
        def get_prep_value(self, given: Any) -> Any:
            if given != "\N{LATIN SMALL LETTER O WITH STROKE}!":
                raise KeyError(given)
            return given

    field = Sealed(max_length=9, default="\N{LATIN SMALL LETTER O WITH STROKE}!")
    field.set_attributes_from_name("field")
    assert make_value(ValueRequest(field, kind, 4, seeded_rng(0), False), sqlite) == field.default


def test_refusal_is_told(sqlite: BaseDatabaseWrapper) -> None:
    """Of a field that takes nothing, the first refusal is raised, in a form that seeding takes for one."""

    class Closed(models.CharField):
        def get_prep_value(self, given: Any) -> Any:
            raise LookupError("never")

    field = Closed(max_length=9)
    field.set_attributes_from_name("field")
    for _ in range(2):
        with pytest.raises(ValueError, match="LookupError: never"):
            make_value(ValueRequest(field, "typical", 0, seeded_rng(0), False), sqlite)


def test_values_that_fail_validation(sqlite: BaseDatabaseWrapper) -> None:
    """Where validation refuses all that can be stored, rows are made as if there were none."""

    def never(given: Any) -> None:
        raise ValidationError("never")

    field: Field = models.CharField(max_length=9, validators=[never])
    field.set_attributes_from_name("field")
    assert make_value(ValueRequest(field, "typical", 0, seeded_rng(0), False), sqlite)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Invalid IP address format: ", "10.0.0.1"),
        ("badly formed hexadecimal UUID string", None),
        ("Enter a valid date/time.", None),
        ("MACAddressField", "02:00:5e:00:00:00"),
        ("a number is required", 1),
    ],
)
def test_words_name_formats(text: str, first: object) -> None:
    """A refusal and the name of a class say which format to try first."""
    field: Field = models.CharField()
    form = next(mentioned(text))
    values = form.make(ValueRequest(field, "typical", 0, seeded_rng(0), False))
    assert first is None or values[0] == first


def test_no_part_of_a_colour_is_zero() -> None:
    """A migration that clears one part of a colour has something to clear in the rows of a table."""
    field: Field = models.CharField()
    form = next(mentioned("colour"))
    numbers = range(12)
    made = [form.make(ValueRequest(field, "typical", number, seeded_rng(0), False)) for number in numbers]
    assert all(0 not in bytes.fromhex(values[0]) for values in made)
    assert len({values[0] for values in made}) == len(numbers)
