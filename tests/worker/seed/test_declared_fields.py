"""How migrations declared a field: choices it once had, defaults that its old rows got."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections, migrations, models
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

from django_switchback.worker.seed.constants.values import standing_of
from django_switchback.worker.seed.declared_fields import DeclaredFields
from django_switchback.worker.seed.interface import Field

OPERATIONS = (
    migrations.CreateModel(
        "Parcel",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("phase", models.CharField(max_length=9, choices=[("sent", "sent")])),
            ("stamp", models.CharField(max_length=9, default="none")),
            ("email", models.EmailField()),
        ],
    ),
    migrations.AddField("parcel", "url", models.CharField(max_length=9, default=""), preserve_default=False),
    migrations.RenameField("parcel", "phase", "state"),
    migrations.AlterField("parcel", "state", models.CharField(max_length=9, choices=[("paid", "paid")])),
    migrations.AddField("parcel", "extra", models.JSONField(default=dict)),
    migrations.AddField("parcel", "key", models.UUIDField(default=models.UUIDField)),
    migrations.RenameModel("parcel", "Order"),
)


@pytest.fixture(scope="module")
def declared() -> DeclaredFields:
    """Return what the operations declare, each in a migration of its own."""
    return DeclaredFields([("shop", [operation]) for operation in OPERATIONS])


def field(name: str) -> Field:
    """Return a field of the model that the operations lead to."""
    state = ProjectState()
    for operation in OPERATIONS:
        operation.state_forwards("shop", state)
    found: Field = state.apps.get_model("shop", "Order")._meta.get_field(name)
    return found


@pytest.mark.parametrize(
    ("name", "default"),
    [("url", ""), ("stamp", "none"), ("extra", {}), ("email", NOT_PROVIDED), ("key", NOT_PROVIDED)],
)
def test_default_of_old_rows(declared: DeclaredFields, name: str, default: Any) -> None:
    """Rows have the default that a column was added with; one that differs each time is not known."""
    assert declared.default_of_old_rows(field(name), 9) == default


@pytest.mark.parametrize(
    ("name", "value", "position", "standing"),
    [
        ("state", "paid", 9, "typical"),
        ("state", "sent", 9, "typical"),
        ("state", "sent", 0, "edge"),
        ("state", "lost", 9, "edge"),
        ("url", "", 9, "typical"),
        ("email", "", 9, "edge"),
        ("email", "nobody", 9, "edge"),
        ("stamp", "longer than the column", 9, None),
        ("stamp", 7, 9, None),
        ("extra", {"kind": "a"}, 9, "typical"),
    ],
)
def test_standing(
    declared: DeclaredFields, name: str, value: Any, position: int, standing: str | None
) -> None:
    """A value is typical if the field takes it, or took it before, or if rows from before have it."""
    assert standing_of(field(name), value, declared, position, connections["default"]) == standing


def test_default_that_was_replaced() -> None:
    """Where a data operation mentions the column in between, no row is known to have the default."""
    declared = DeclaredFields(
        [
            *(("shop", [operation]) for operation in OPERATIONS),
            ("shop", [migrations.RunSQL("UPDATE shop_order SET url = 'http://' || stamp")]),
        ]
    )
    last = len(OPERATIONS)
    assert declared.default_of_old_rows(field("url"), last) == ""
    assert declared.default_of_old_rows(field("url"), last + 1) is NOT_PROVIDED
