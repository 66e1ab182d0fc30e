"""Documents with the keys that the code of a data migration reads."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.state import ProjectState

from django_switchback.worker.seed.constants.documents import document_formats, keys_by_column
from django_switchback.worker.seed.constants.migration import constants_of_operations

from ..support import model


def by_keys(apps: Any, schema_editor: Any) -> None:
    for order in apps.get_model("shop", "Order").objects.all():
        order.data["ui"].get("theme", {}).get("name")


def in_a_list(apps: Any, schema_editor: Any) -> None:
    for order in apps.get_model("shop", "Order").objects.all():
        order.data["lines"][0]["price"]
        for line in order.data["lines"]:
            line["number"]


def of_any_key(apps: Any, schema_editor: Any) -> None:
    for order in apps.get_model("shop", "Order").objects.all():
        for _, line in order.data["lines"].items():
            line["number"]


def compared(apps: Any, schema_editor: Any) -> None:
    for order in apps.get_model("shop", "Order").objects.all():
        if order.data["kind"] not in ("a", "b"):
            raise ValueError(order.data["reason"])


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (by_keys, {"ui": {"theme": {"name": 4}}}),
        (in_a_list, {"lines": [{"price": 4, "number": 4}]}),
        (of_any_key, {"lines": {"key": {"number": 4}}}),
        (compared, {"kind": "b", "reason": 4}),
    ],
)
@pytest.mark.parametrize("reverse", [False, True])
def test_keys(code: Any, expected: Any, reverse: bool) -> None:
    """A document has the keys that the forward step or the reverse reads, with constants and other values."""
    functions = (migrations.RunPython.noop, code) if reverse else (code, migrations.RunPython.noop)
    constants = constants_of_operations([migrations.RunPython(*functions)], "sqlite", reverse=reverse)
    state = ProjectState()
    state.add_model(model("Order", ("data", models.JSONField(default=dict))))
    order = state.apps.get_model("shop", "Order")
    field = order._meta.get_field("data")
    assert isinstance(field, models.Field)
    (paths,) = keys_by_column(constants, {"shop_order": order}).values()
    made = {form.name: form.make(Random(0), 3) for form in document_formats(field, paths)}
    assert made["the keys of its code with numbers"] == expected
