"""Models nobody thought of: rows can be made for them, and the database takes them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q
from django.db.models.functions import Lower
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_switchback.worker.release.release_statements import try_release
from django_switchback.worker.seed.seeder import Seeder

from .support import content_types, created, dropped, model, rows

NEW = 6
"""How many rows a new release writes into a table at the least."""
LENGTHS = st.integers(1, 60)
POINTED = ["shop.First", "shop.Second"]
FREE: list[st.SearchStrategy[Any]] = [
    st.builds(models.CharField, max_length=st.integers(3, 60), null=st.booleans(), unique=st.booleans()),
    st.builds(models.CharField, max_length=LENGTHS, null=st.booleans(), db_index=st.booleans()),
    st.builds(models.CharField, max_length=st.just(8), validators=st.just([RegexValidator("^[a-f]+$")])),
    st.builds(models.CharField, max_length=st.just(2), choices=st.just([("a", "A"), ("bb", "B"), ("", "C")])),
    st.builds(models.TextField, null=st.booleans(), unique=st.booleans()),
    st.builds(models.SlugField, max_length=st.integers(4, 50), unique=st.booleans()),
    st.builds(models.EmailField, null=st.booleans()),
    st.builds(models.URLField, max_length=st.integers(30, 200)),
    st.builds(models.IntegerField, null=st.booleans(), unique=st.booleans(),
              validators=st.just([MinValueValidator(3), MaxValueValidator(90)])),
    st.builds(models.SmallIntegerField, unique=st.booleans()),
    st.builds(models.PositiveIntegerField, null=st.booleans()),
    st.builds(models.BigIntegerField, unique=st.booleans()),
    st.builds(models.FloatField, null=st.booleans()),
    st.builds(models.BooleanField, null=st.booleans()),
    st.integers(0, 6).flatmap(
        lambda places: st.builds(models.DecimalField, max_digits=st.integers(places + 1, 20),
                                 decimal_places=st.just(places), null=st.booleans())),
    st.builds(models.DateField, null=st.booleans(), unique=st.booleans(), auto_now=st.booleans()),
    st.builds(models.DateTimeField, null=st.booleans(), unique=st.booleans()),
    st.builds(models.TimeField, null=st.booleans()),
    st.builds(models.DurationField, null=st.booleans(), unique=st.booleans()),
    st.builds(models.UUIDField, null=st.booleans(), unique=st.booleans()),
    st.builds(models.JSONField, null=st.booleans(), default=st.sampled_from([list, dict])),
    st.builds(models.BinaryField, null=st.booleans()),
    st.builds(models.GenericIPAddressField, null=st.booleans(), unique=st.booleans()),
    st.builds(models.FileField, max_length=st.integers(20, 100)),
    st.builds(models.IntegerField, db_default=st.just(4)),
    st.builds(models.ForeignKey, to=st.sampled_from([*POINTED, "contenttypes.ContentType"]),
              on_delete=st.just(models.CASCADE), null=st.booleans()),
    st.builds(models.OneToOneField, to=st.sampled_from(POINTED),
              on_delete=st.just(models.CASCADE), null=st.booleans()),
]  # fmt: skip
FIELDS = st.lists(st.one_of(FREE), max_size=6).map(
    lambda fields: [(f"field_{at}", field) for at, field in enumerate(fields)]
)
NUMBERS: list[tuple[str, Any]] = [(name, models.IntegerField(null=name == "c")) for name in "abc"]
NUMBERS += [("word", models.CharField(max_length=12)), ("flag", models.BooleanField())]
LOW = st.integers(-50, 50)
CONDITIONS: st.SearchStrategy[Q] = st.recursive(
    st.one_of(
        st.builds(lambda name, low: Q(**{f"{name}__gte": low}), st.sampled_from("abc"), LOW),
        st.builds(lambda name, low: Q(**{f"{name}__in": [low, low + 7]}), st.sampled_from("abc"), LOW),
        st.builds(lambda low: Q(b__range=(low, low + 3)), LOW),
        st.just(Q(a__lt=F("b"))),
        st.just(Q(c__isnull=False)),
        st.just(Q(word__in=["red", "green"])),
        st.just(Q(flag=True)),
    ),
    lambda inner: st.builds(lambda left, right: left | right, inner, inner),
    max_leaves=3,
)
UNIQUES = st.sampled_from(
    [
        models.UniqueConstraint(fields=["a", "b"], name="pair"),
        models.UniqueConstraint(fields=["flag"], condition=Q(flag=True), name="one"),
        models.UniqueConstraint(Lower("word"), name="lower"),
        models.UniqueConstraint(fields=["c", "word"], name="null"),
    ]
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=FIELDS, second=FIELDS, checks=st.lists(CONDITIONS, max_size=2), unique=UNIQUES)
def test_rows_for_any_models(
    first: list[Any],
    second: list[Any],
    checks: list[Q],
    unique: models.UniqueConstraint,
    database: BaseDatabaseWrapper,
) -> None:
    """Tables have rows, old, new and tried ones, unless no row could meet the constraints."""
    named = [models.CheckConstraint(condition=check, name=f"check_{at}") for at, check in enumerate(checks)]
    states = [
        content_types(),
        model("First", *first),
        model("Second", *second),
        model("Third", *NUMBERS, constraints=[*named, unique.clone()]),
    ]
    apps = created(database, *states)
    try:
        seeder = Seeder(database, 0)
        coverage = seeder.fill(apps)
        possible = len(checks) < 2
        assert set(coverage.empty) <= (set() if possible else {"shop_third"})
        # Typical and extreme ones alike: what the database refused would be missing. Two tables that need
        # each other begin with a row more.
        # What is unique by one column, or two checks, may leave room for few rows in the third.
        roomy = not checks or (len(checks) == 1 and unique.name in {"pair", "null"})
        full = ("First", "Second", "Third") if roomy else ("First", "Second")
        assert {len(rows(database, apps, name)) for name in full} <= {7, 8}
        written = seeder.insert_new(apps, ["shop_first", "shop_second", "shop_third"])
        # A copy of a row is among the new ones, as far as uniqueness allows one.
        fresh = {name: len(written.keys[f"shop_{name.lower()}"]) for name in full}
        assert min(fresh.values()) >= NEW, fresh
        attempts = try_release(database, apps, ["shop_first", "shop_second"], seeder)
        assert [attempt for attempt in attempts if attempt.failure or attempt.untried] == []
    finally:
        dropped(database, apps, *states)


def test_postgresql_fields(postgresql: BaseDatabaseWrapper) -> None:
    """The field classes of ``django.contrib.postgres``, and an exclusion constraint over a range."""
    postgres = pytest.importorskip("django.contrib.postgres.fields")
    search = pytest.importorskip("django.contrib.postgres.search")
    constraints = pytest.importorskip("django.contrib.postgres.constraints")
    fields = [
        ("words", postgres.ArrayField(models.CharField(max_length=9), size=1)),
        ("grid", postgres.ArrayField(postgres.ArrayField(models.IntegerField()), null=True)),
        ("span", postgres.IntegerRangeField()),
        ("price", postgres.DecimalRangeField(null=True)),
        ("days", postgres.DateRangeField()),
        ("hours", postgres.DateTimeRangeField()),
        ("vector", search.SearchVectorField()),
        ("none", search.SearchVectorField(null=True)),
    ]
    exclusion = constraints.ExclusionConstraint(name="apart", expressions=[("days", "&&")])
    apps = created(postgresql, model("Room", *fields, constraints=[exclusion]))
    seeder = Seeder(postgresql, 0)
    assert seeder.fill(apps).empty == {}
    assert seeder.insert_new(apps, ["shop_room"]).unwritten == {}
    made = rows(postgresql, apps, "Room")
    assert len(made) == 13
    assert all(len(row["words"]) <= 1 for row in made)
