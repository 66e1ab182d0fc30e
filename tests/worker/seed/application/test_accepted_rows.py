"""Typical rows are such as the application's own checks accept, where some can be found."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps as head_apps
from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ModelState

from django_switchback.worker.seed.application import head_checks
from django_switchback.worker.seed.interface import EDGE_PROFILES
from django_switchback.worker.seed.seeder import Seeder

from ..support import created, dropped, model, rows

ROWS = 3 + len(EDGE_PROFILES)


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget which models are not asked any more."""
    monkeypatch.setattr(head_checks, "_ignored", set())


def seeded(database: BaseDatabaseWrapper, *states: ModelState, name: str) -> list[dict[str, Any]]:
    """Return the rows that the model ``name`` gets."""
    apps = created(database, *states)
    try:
        Seeder(database, 0).fill(apps)
        return rows(database, apps, name)
    finally:
        dropped(database, apps, *states)


def at_head(
    monkeypatch: pytest.MonkeyPatch, state: ModelState, clean: Any, **more: models.Field[Any, Any]
) -> None:
    """Let the project have, at head, a model with the fields of ``state`` and its own ``clean``."""
    meta = type("Meta", (), {"app_label": "shop", "apps": Apps()})
    fields = {field_name: field.clone() for field_name, field in state.fields.items()}
    attributes = {"__module__": __name__, "Meta": meta, "clean": clean, **fields, **more}
    live = type(state.name, (models.Model,), attributes)
    monkeypatch.setitem(head_apps.all_models, "shop", {state.name_lower: live})


def plot() -> ModelState:
    """Return a model whose columns only make sense together."""
    return model(
        "Plot",
        ("kind", models.CharField(max_length=5, choices=[("field", "F"), ("wood", "W")])),
        ("trees", models.IntegerField(null=True)),
        ("fenced", models.BooleanField()),
    )


def test_columns_are_changed_until_it_accepts(
    database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the messages name is changed, one column after another; edge rows stay as they are."""

    def clean(self: Any) -> None:
        if self.kind == "wood" and self.trees is None:
            raise ValidationError({"trees": "A wood has trees."})
        if self.kind == "field" and self.trees is not None:
            raise ValidationError("Only a wood has trees.")
        if not self.fenced:
            raise ValidationError("Put up a fence first.")

    at_head(monkeypatch, plot(), clean)
    made = seeded(database, plot(), name="Plot")
    assert len(made) == ROWS
    for row in made[:3]:
        assert row["fenced"]
        assert (row["kind"] == "wood") == (row["trees"] is not None)
    assert any(not row["fenced"] for row in made[3:])


def always(self: Any) -> None:
    """Refuse the row."""
    raise ValidationError("never")


def broken(self: Any) -> None:
    """Send a query that fails, as one on a table that only head has."""
    from django.db import connections

    with connections["seeded"].cursor() as cursor:
        cursor.execute("SELECT 1 FROM a_table_that_is_not_there")


@pytest.mark.parametrize("clean", [always, broken])
def test_rows_are_there_all_the_same(
    clean: Any, database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that refuses everything, or cannot be asked, has the rows that it has without checks."""
    plain = seeded(database, plot(), name="Plot")
    at_head(monkeypatch, plot(), clean)
    assert seeded(database, plot(), name="Plot") == plain


def test_other_fields_at_head(database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that has other fields at head is not asked about rows of before."""
    plain = seeded(database, plot(), name="Plot")
    at_head(monkeypatch, plot(), always, later=models.IntegerField())
    assert seeded(database, plot(), name="Plot") == plain


def limited(limit: Any) -> tuple[ModelState, ModelState, ModelState]:
    """Return a role, a tag that roles have, and a device whose role is limited."""
    tag = model("Tag", ("name", models.CharField(max_length=20)), ("kind", models.CharField(max_length=9)))
    role = model(
        "Role",
        ("name", models.CharField(max_length=20)),
        ("kind", models.CharField(max_length=9)),
        ("tag", models.ForeignKey("shop.Tag", models.CASCADE)),
        ("tags", models.ManyToManyField("shop.Tag", related_name="+")),
    )
    device = model("Device", ("role", models.ForeignKey("shop.Role", models.CASCADE, limit_choices_to=limit)))
    return tag, role, device


@pytest.mark.parametrize(
    "limit",
    [
        {"kind": "device"},
        {"kind__in": ["device", "rack"], "name": "core"},
        models.Q(kind="device") & models.Q(name__exact="core"),
        {"tags__kind": "device"},
        {"tags__pk": 1},
        {"tag__name": "Harbour"},
    ],
    ids=str,
)
def test_limited_references(limit: Any, database: BaseDatabaseWrapper) -> None:
    """A foreign key refers to a row within its limit: one is made if there is none."""
    states = limited(limit)
    if "tag__name" in limit:
        limit = {"tag__pk": 1}
        states = limited(limit)
    elif "tags__kind" in limit:
        states = (
            model("Tag", ("kind", models.CharField(max_length=9, choices=[("device", "D")]))),
            *states[1:],
        )
    apps = created(database, *states)
    try:
        coverage = Seeder(database, 0).fill(apps)
        assert not coverage.empty
        condition = limit if isinstance(limit, models.Q) else models.Q(**limit)
        found: Any = models.QuerySet(model=apps.get_model("shop", "Role"), using=database.alias)
        allowed = set(found.filter(condition).values_list("pk", flat=True))
        assert allowed
        assert {row["role_id"] for row in rows(database, apps, "Device")} <= allowed
    finally:
        dropped(database, apps, *states)


def test_unusual_limits(database: BaseDatabaseWrapper) -> None:
    """A limit that is no conjunction of simple conditions, or that nothing can meet, costs no row."""
    for limit in (models.Q(kind="a") | models.Q(kind="b"), {"unknown": 1}, {"tags__kind": "nowhere"}):
        assert len(seeded(database, *limited(limit), name="Device")) == ROWS
