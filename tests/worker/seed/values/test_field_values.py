"""One value for one field: what the class, its validators and its limits ask for."""

from __future__ import annotations

import ipaddress
import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed.interface import Field, Profile
from django_switchback.worker.seed.values.field_values import make_value
from django_switchback.worker.seed.values.rng import seeded_rng
from django_switchback.worker.seed.values.value_request import ValueRequest

KINDS: tuple[Profile, ...] = ("typical", "low", "high", "odd")


class Temperature(models.DecimalField):
    """A class of the project's own that extends one of Django's."""


class Point(models.Field):
    """A class that takes only its own objects."""

    def get_internal_type(self) -> str:
        """Return the class that it is stored as."""
        return "CharField"

    def to_python(self, given: Any) -> Any:
        """Return the object for a text."""
        return (given,)

    def get_prep_value(self, given: Any) -> Any:
        """Refuse what is no object of its own."""
        if not isinstance(given, tuple):
            raise TypeError(given)
        return given[0]


class Unknown(models.Field):
    """A class of which nothing is known."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return a type that only an extension knows."""
        return "hyperloglog"


def ask(field: Field, kind: Profile = "typical", turn: int = 0, *, unique: bool = False) -> ValueRequest:
    """Return what is asked of a field of the column ``field``."""
    field.set_attributes_from_name("field")
    return ValueRequest(field, kind, turn, seeded_rng(0, turn, kind), unique)


@pytest.mark.parametrize(
    ("field", "kind_of"),
    [
        (models.IntegerField(), int),
        (models.PositiveSmallIntegerField(), int),
        (models.FloatField(), float),
        (models.DecimalField(max_digits=5, decimal_places=2), Decimal),
        (models.DecimalField(max_digits=3, decimal_places=3), Decimal),
        (Temperature(max_digits=4, decimal_places=1), Decimal),
        (models.BooleanField(), bool),
        (models.DateField(), date),
        (models.DateTimeField(auto_now=True), datetime),
        (models.TimeField(), time),
        (models.DurationField(), timedelta),
        (models.CharField(max_length=3), str),
        (models.TextField(), str),
        (models.SlugField(), str),
        (models.UUIDField(), uuid.UUID),
        (models.BinaryField(), bytes),
        (models.JSONField(default=list), list),
        (models.JSONField(default=dict), dict),
        (models.FileField(upload_to="up/%Y"), str),
        (models.GenericIPAddressField(), str),
        (Point(max_length=20), tuple),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_every_class(field: Field, kind_of: type, kind: Profile, sqlite: BaseDatabaseWrapper) -> None:
    """Each temperament gives each class a value of its type that it takes, ten different ones if need be."""
    made = make_value(ask(field, kind), sqlite)
    assert isinstance(made, kind_of)
    field.get_db_prep_save(made, sqlite)
    if kind_of is not bool:
        different = {repr(make_value(ask(field, kind, turn, unique=True), sqlite)) for turn in range(10)}
        assert len(different) == 10 or isinstance(field, models.JSONField)


@pytest.mark.parametrize(
    "field",
    [
        models.EmailField(),
        models.URLField(),
        models.SlugField(),
        models.GenericIPAddressField(protocol="ipv6"),
        models.IntegerField(validators=[MinValueValidator(40), MaxValueValidator(42)]),
        models.DecimalField(max_digits=4, decimal_places=2, validators=[MinValueValidator(Decimal("3.5"))]),
        models.CharField(max_length=12, validators=[RegexValidator(r"^[A-Z]{2}-\d{3,5}(x|y)?$")]),
        models.CharField(max_length=20, validators=[RegexValidator(r"\s", inverse_match=True)]),
        models.CharField(max_length=2, choices=[("aa", "A"), ("bb", "B"), ("too long", "C")]),
        models.CharField(max_length=5, null=True),
    ],
)
@pytest.mark.parametrize("turn", range(5))
def test_typical_values_pass_validation(field: Field, turn: int, sqlite: BaseDatabaseWrapper) -> None:
    """A typical value is one that a form would have let through."""
    made = make_value(ask(field, turn=turn), sqlite)
    field.run_validators(made)
    assert not field.choices or made in ("aa", "bb")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [1, 2, 7, 254, None])
def test_text_keeps_its_length(length: int | None, kind: Profile, sqlite: BaseDatabaseWrapper) -> None:
    """No text is longer than the column, and the longest is exactly as long."""
    fields: tuple[Field, ...] = (
        models.CharField(max_length=length),
        models.EmailField(max_length=length or 254),
    )
    for field in fields:
        made = make_value(ask(field, kind), sqlite)
        assert len(made) <= (field.max_length or 10_000)
        if kind == "high" and length and length > 20:
            assert len(made) == length


def test_integers_reach_the_ends(sqlite: BaseDatabaseWrapper) -> None:
    """Edge numbers are the smallest and largest that PostgreSQL takes, also where SQLite would take more."""
    low, high = (make_value(ask(models.SmallIntegerField(), kind), sqlite) for kind in ("low", "high"))
    assert (low, high) == (-32768, 32767)
    assert make_value(ask(models.PositiveIntegerField(), "low"), sqlite) == 0


def test_address_is_of_its_protocol(sqlite: BaseDatabaseWrapper) -> None:
    """A field for one protocol gets addresses of that protocol."""
    for kind in KINDS:
        made = make_value(ask(models.GenericIPAddressField(protocol="ipv4"), kind), sqlite)
        assert ipaddress.ip_address(made).version == 4


@pytest.mark.parametrize("name", ["email", "username", "slug", "code"])
def test_typical_text_differs_in_case(name: str, sqlite: BaseDatabaseWrapper) -> None:
    """A migration to lower case changes some of three typical rows, and makes none of them equal."""
    field: Field = models.CharField(max_length=60)
    field.set_attributes_from_name(name)
    requests = [ValueRequest(field, "typical", turn, seeded_rng(0, turn), unique=True) for turn in range(3)]
    texts = [make_value(request, sqlite) for request in requests]
    lowered = {text.lower() for text in texts}
    assert len(lowered) == 3
    assert lowered != set(texts)


def test_text_that_holds_json(sqlite: BaseDatabaseWrapper) -> None:
    """A text column whose name says JSON holds JSON: other text would be our false alarm."""
    field: Field = models.TextField()
    field.set_attributes_from_name("form_data")
    for kind in KINDS:
        models.JSONField().to_python(
            made := make_value(ValueRequest(field, kind, 0, seeded_rng(0), False), sqlite)
        )
        assert made.startswith("{")


def test_unknown_class_is_none(sqlite: BaseDatabaseWrapper) -> None:
    """Where nothing is known of a field no value is made up."""
    assert make_value(ask(Unknown()), sqlite) is None


def test_field_that_refuses_everything(sqlite: BaseDatabaseWrapper) -> None:
    """What a field raises of the value and of its own conversion is not hidden."""

    class Sour(models.CharField):
        def get_prep_value(self, given: Any) -> Any:
            raise ValidationError("never")

    with pytest.raises(ValidationError):
        make_value(ask(Sour(max_length=5)), sqlite)
