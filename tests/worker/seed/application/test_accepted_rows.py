"""Typical rows are such as the application's own checks accept, where some can be found."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps as head_apps
from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import AlterField
from django.db.migrations.state import ModelState

from django_switchback.worker.seed.application import head_checks
from django_switchback.worker.seed.application.accepted_rows import MAX_CHECKS
from django_switchback.worker.seed.declared_fields import DeclaredFields
from django_switchback.worker.seed.interface import EDGE_PROFILES
from django_switchback.worker.seed.seeder import Seeder

from ..support import created, dropped, model, rows

ROWS = 3 + len(EDGE_PROFILES)


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget all answers and searches."""
    monkeypatch.setattr(head_checks, "CHECKED_ROWS", head_checks.CheckedRows({}, {}))


def seeded(
    database: BaseDatabaseWrapper, *states: ModelState, name: str, declared: DeclaredFields | None = None
) -> list[dict[str, Any]]:
    """Return the rows that the model ``name`` gets."""
    apps = created(database, *states)
    try:
        Seeder(database, 0, declared=declared).fill(apps)
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
    others = head_apps.all_models.get("shop", {})
    monkeypatch.setitem(head_apps.all_models, "shop", {**others, state.name_lower: live})


def plot() -> ModelState:
    """Return a model whose columns only make sense together."""
    return model(
        "Plot",
        ("kind", models.CharField(max_length=5, choices=[("field", "F"), ("wood", "W")])),
        ("trees", models.IntegerField(null=True, blank=True)),
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


def test_later_fields(database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that has further fields at head is asked about rows of before, but not about those."""

    def clean(self: Any) -> None:
        if self.harvest < 0 or self.kind == "field":
            raise ValidationError({"kind": "Only woods."})
        raise ValidationError({"owner": "Who owns it?"})

    later: dict[str, Any] = {"harvest": models.IntegerField(), "owner": models.CharField(max_length=9)}
    at_head(monkeypatch, plot(), clean, **later)
    made = seeded(database, plot(), name="Plot")
    assert [row["kind"] for row in made[:3]] == ["wood"] * 3


def test_fields_of_another_type(database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose field has another type at head is not asked about rows of before."""
    plain = seeded(database, plot(), name="Plot")
    at_head(monkeypatch, plot(), always, trees=models.TextField())
    assert seeded(database, plot(), name="Plot") == plain


def accepts(self: Any) -> None:
    """Accept the row."""


@pytest.mark.parametrize(
    ("before", "declared", "is_asked"),
    [
        (None, None, True),
        (None, [("f", "F"), ("w", "W")], False),
        ([("field", "F"), ("lane", "L")], [("field", "F"), ("lane", "L")], False),
    ],
    ids=["in no migration", "in a later migration", "others before"],
)
def test_choices_at_head(
    before: Any, declared: Any, is_asked: bool, database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Choices that no migration declares are kept to, but not those that a later one adds or replaces."""
    state = model("Plot", ("kind", models.CharField(max_length=20, choices=before)))
    plain = {row["kind"] for row in seeded(database, state, name="Plot")[:3]}
    kind: Any = models.CharField(max_length=20, choices=[("f", "F"), ("w", "W")])
    at_head(monkeypatch, state, accepts, kind=kind)
    operation = AlterField("plot", "kind", models.CharField(max_length=20, choices=declared))
    made = seeded(database, state, name="Plot", declared=DeclaredFields([("shop", [operation])]))
    assert {row["kind"] for row in made[:3]} <= ({"f", "w"} if is_asked else plain)


def test_a_check_that_breaks_refuses_the_row(
    database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that breaks on a row, as on an attribute of a missing value, lets nobody store that row."""

    def clean(self: Any) -> None:
        if self.kind == "wood":
            self.trees.bit_length()

    at_head(monkeypatch, plot(), clean)
    made = seeded(database, plot(), name="Plot")
    assert all(row["kind"] != "wood" or row["trees"] is not None for row in made[:3])


def test_a_row_that_breaks_no_check(database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every row is refused, those are preferred on which no check breaks."""

    def clean(self: Any) -> None:
        if self.kind == "wood":
            self.trees.bit_length()
        raise ValidationError("never")

    at_head(monkeypatch, plot(), clean)
    made = seeded(database, plot(), name="Plot")
    assert all(row["kind"] != "wood" or row["trees"] is not None for row in made[:3])


def test_each_table_has_its_turn(database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables whose rows no change can mend take no checks from a table whose rows it can."""
    monkeypatch.setattr(head_checks, "MAX_CHANGES", 5)
    hopeless = [model(f"Acre{index}", *list(plot().fields.items())[1:]) for index in range(3)]

    def clean(self: Any) -> None:
        if not self.fenced:
            raise ValidationError({"fenced": "Put up a fence first."})

    for state in hopeless:
        at_head(monkeypatch, state, always)
    at_head(monkeypatch, plot(), clean)
    made = seeded(database, *hopeless, plot(), name="Plot")
    assert all(row["fenced"] for row in made[:3])


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


def test_a_row_that_is_drafted_again(database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row whose answer is known, as where a batch was refused, takes no check from others of its table."""
    monkeypatch.setattr(head_checks, "MAX_CHANGES", 2)
    at_head(monkeypatch, plot(), always)
    apps = created(database, plot())
    try:
        rows_of, checks = apps.get_model("shop", "Plot"), head_checks.HeadChecks(database)
        for trees in (1, 1, 1):
            assert checks.refusal(rows_of, {"kind": "wood", "trees": trees, "fenced": True})
        assert checks.may_change(rows_of)
        assert checks.refusal(rows_of, {"kind": "wood", "trees": 2, "fenced": True})
        assert not checks.may_change(rows_of)
    finally:
        dropped(database, apps, plot())


def test_searches_end_where_nothing_was_ever_accepted(
    database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that refuses every row costs a few searches, and then one check a row."""
    asked: list[int] = []

    def clean(self: Any) -> None:
        asked.append(1)
        raise ValidationError("There is no such plot.")

    at_head(monkeypatch, plot(), clean)
    seeded(database, plot(), name="Plot")
    first = len(asked)
    seeded(database, plot(), name="Plot")
    assert 0 < first <= head_checks.MAX_FRUITLESS_SEARCHES * (MAX_CHECKS + 2) + ROWS
    assert head_checks.MAX_FRUITLESS_SEARCHES in head_checks.CHECKED_ROWS.fruitless.values()
