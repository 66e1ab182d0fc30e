"""The constants by which the code of a data migration chooses rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import migrations
from django.db.models import Case, Q, Value, When

from django_switchback.worker.seed.constants.interface import (
    MAX_ALTERNATIVES,
    Column,
    Condition,
    MigrationConstants,
    ModelRows,
    RowChoice,
)
from django_switchback.worker.seed.constants.migration import constants_of_operations
from django_switchback.worker.seed.constants.sql import columns_in_conditions

OLD_KEYS = {"a": "b", "c": "d"}
OLD_NUMBER = re.compile("^[0-9]{3}$")
OPTIONS = SimpleNamespace(state="sent")
PAIRS = [("x", "y"), ("z", "w")]


class State(StrEnum):
    """A state of an order."""

    SENT = "sent"


def read(operation: Any) -> MigrationConstants:
    """Return the constants of one operation on SQLite."""
    return constants_of_operations([operation], "sqlite")


def shown(choices: tuple[RowChoice, ...]) -> Iterator[dict[str, Any]]:
    """Yield the conditions of each choice by their path, lists for several values."""
    for choice in choices:
        assert choice.owner in {"shop.order", "shop_order"}
        yield {path: values[0] if len(values) == 1 else list(values) for path, values in choice.conditions}


def filters(apps: Any, schema_editor: Any) -> None:
    apps.get_model("shop", "Order").objects.filter(state=State.SENT, kind__in=["a", "b"]).update(state="paid")


def negations(apps: Any, schema_editor: Any) -> None:
    apps.get_model("shop", "Order").objects.filter(Q(state="sent") & ~Q(kind="a")).delete()


def questions(apps: Any, schema_editor: Any) -> None:
    apps.get_model("shop", "Order").objects.filter(Q(state="sent") | Q(author__name="Ada")).delete()


def cases(apps: Any, schema_editor: Any) -> None:
    apps.get_model("shop.Order").objects.update(state=Case(When(state="sent", then=Value("paid"))))


def comparisons(apps: Any, schema_editor: Any) -> None:
    for order in apps.get_model("shop", "Order").objects.filter(kind="a"):
        if order.state == "sent" and order.total > 5:
            order.state = "paid"
        elif order.state in OLD_KEYS:
            order.state = OLD_KEYS[order.state]


def guards(apps: Any, schema_editor: Any) -> None:
    for order in apps.get_model("shop", "Order").objects.all():
        if order.kind != "a":
            continue
        match order.state:
            case "sent" | "paid":
                order.delete()


def refusals(apps: Any, schema_editor: Any) -> None:
    orders = apps.get_model("shop", "Order").objects
    if orders.filter(state="lost").exists():
        raise ValueError("find them first")
    assert not orders.filter(state="broken").exists()
    if not orders.filter(state="sent").exists():
        raise ValueError("nothing was ever sent")


def documents(apps: Any, schema_editor: Any) -> None:
    for order in apps.get_model("shop", "Order").objects.all():
        if order.data["address"].get("country") == "DD":
            order.save()
        if json.loads(order.text).get("version") == 1:
            order.save()


def helper(model: Any, old: str, new: str) -> None:
    model.objects.filter(state=old).update(state=new)


def loops(apps: Any, schema_editor: Any) -> None:
    for old, new in PAIRS:
        helper(apps.get_model("shop", "Order"), old, new)


def with_arguments(apps: Any, schema_editor: Any, old: str, new: str) -> None:
    helper(apps.get_model("shop", "Order"), new=new, old=old)


def made_by(old: str) -> Callable[[Any, Any], None]:
    def ahead(apps: Any, schema_editor: Any) -> None:
        for pk, state in apps.get_model("shop", "Order").objects.values_list("pk", "state"):
            if state == old:
                apps.get_model("shop", "Order").objects.filter(pk=pk).delete()

    return ahead


def statements(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("UPDATE shop_order SET state = %s WHERE state = %s AND total >= 5", ["paid", "sent"])


def items(apps: Any, schema_editor: Any) -> None:
    for order in apps.get_model("shop", "Order").objects.all():
        for block in order.body:
            if block["type"] == "para":
                order.save()


def patterns(apps: Any, schema_editor: Any) -> None:
    for order in apps.get_model("shop", "Order").objects.all():
        if OLD_NUMBER.match(str(order.number)) or bytes(order.data) == b"old":
            order.delete()


def formatted_sql(apps: Any, schema_editor: Any) -> None:
    table = apps.get_model("shop", "Order")._meta.db_table
    quoted = schema_editor.connection.ops.quote_name(table)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE state = %s", ["sent"])
        cursor.execute(f'UPDATE "{quoted}" SET state = %s WHERE state = %s', ["sent", "new"])


def configured(apps: Any, schema_editor: Any) -> None:
    orders = apps.get_model("shop", "Order").objects
    orders.filter(state=OPTIONS.state, language=settings.LANGUAGE_CODE).delete()


def related(apps: Any, schema_editor: Any) -> None:
    for order in apps.get_model("shop", "Order").objects.filter(state="sent"):
        order.line_set.all().delete()


def unknown(apps: Any, schema_editor: Any) -> None:
    order = apps.get_model("shop", "Order").objects.create(state="drawn")
    order.state = "paid"
    order.title = order.title.strip()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (filters, [{"state": "sent", "kind__in": ["a", "b"]}]),
        (questions, [{"state": "sent", "author__name": "Ada"}]),
        (negations, [{"state": "sent"}]),
        (cases, [{"state": "sent"}]),
        (
            comparisons,
            [
                {"kind": "a"},
                {"kind": "a", "state__in": "sent"},
                {"kind": "a", "state__in": "sent", "total__gt": 5},
                {"kind": "a", "state__in": ["a", "c"]},
            ],
        ),
        (guards, [{"kind__in": "a"}, {"kind__in": "a", "state__in": ["sent", "paid"]}]),
        (refusals, [{"state": "sent"}]),
        (
            documents,
            [
                {"data__address": []},
                {"data__address": [], "data__address__country": []},
                {"data__address": [], "data__address__country": [], "data__address__country__in": "DD"},
                {"text__version": []},
                {"text__version": [], "text__version__in": 1},
            ],
        ),
        (loops, [{"state": ["x", "z"]}]),
        (partial(with_arguments, old="sent", new="paid"), [{"state": "sent"}]),
        (made_by("sent"), [{"state__in": "sent"}]),
        (statements, [{"state__in": "sent", "total__gte": 5}]),
        (
            lambda apps, _: apps.get_model("shop", "Order").objects.exclude(state="sent").delete(),
            [{"state": "sent"}],
        ),
        (
            items,
            [{"body__0__type": []}, {"body__0__type": [], "body__0__type__in": "para"}],
        ),
        (
            patterns,
            [{"number__regex": "^[0-9]{3}$"}, {"number__regex": "^[0-9]{3}$", "data__in": b"old"}],
        ),
        (formatted_sql, [{"state__in": "sent"}, {"state__in": "new"}]),
        (configured, [{"state": "sent", "language": settings.LANGUAGE_CODE}]),
        (related, [{"state": "sent"}, {"state": "sent", "line_set": []}]),
        (unknown, []),
    ],
)  # fmt: skip
def test_python(code: Callable[..., Any], expected: list[dict[str, Any]]) -> None:
    """Constants are paired with the columns that the code compares with them; what it writes is none."""
    assert list(shown(read(migrations.RunPython(code)).chosen)) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE shop_order SET a = 'b' WHERE state IN ('sent', 'new')", [{"state__in": ["sent", "new"]}]),
        (
            "DELETE FROM shop_order AS o WHERE o.total < 3 OR o.title LIKE 'x%'",
            [{"total__lt": 3, "title__like": "x%"}],
        ),
        ("UPDATE shop_order SET a = CASE WHEN kind = 'k' THEN 1 ELSE 2 END", [{"kind__in": "k"}]),
        ("UPDATE shop_order SET a = 1 WHERE data ->> '$.kind' = 'k'", [{"data__kind__in": "k"}]),
        ([("UPDATE shop_order SET a = 1 WHERE state = %s", ["it's"])], [{"state__in": "it's"}]),
        ("UPDATE shop_order SET a = 1; this is no SQL WHERE", []),
    ],
)  # fmt: skip
def test_sql(sql: Any, expected: list[dict[str, Any]]) -> None:
    """Literals are paired with the columns that they are compared with."""
    assert list(shown(read(migrations.RunSQL(sql)).chosen)) == expected


def looking(apps: Any, schema_editor: Any) -> None:
    orders = apps.get_model("shop", "Order").objects
    orders.get_or_create(state="sent", defaults={"kind": "a"})
    if not orders.filter(state="first").exists():
        orders.create(state="first", kind="b")


def test_looked_for() -> None:
    """What the code only asks for before it creates it is no row that it chooses."""
    constants = read(migrations.RunPython(looking))
    assert {"state": "sent"} not in list(shown(constants.chosen))
    assert list(shown(constants.created)) == [{"state": "sent"}, {"state": "first", "kind": "b"}]


def singles(apps: Any, schema_editor: Any) -> None:
    order = apps.get_model("shop", "Order").objects.get(state="sent")
    if order.kind == "a":
        order.delete()


def test_single() -> None:
    """A choice that fails on two rows is told."""
    constants = read(migrations.RunPython(singles))
    assert list(shown(constants.chosen)) == [{"state": "sent"}, {"state": "sent", "kind__in": "a"}]
    assert list(shown(constants.single)) == [{"state": "sent"}]


def test_used() -> None:
    """A part of a document that the code loops over is not one of any type."""

    def ahead(apps: Any, schema_editor: Any) -> None:
        for order in apps.get_model("shop", "Order").objects.all():
            for item in order.data["items"]:
                item.pop("price")

    assert read(migrations.RunPython(ahead)).used == (("shop.order", "data__items"),)


NOTES = ModelRows(
    "contenttypes.contenttype", "", (Condition("app_label", ("shop",)), Condition("model", ("note",)))
)
DRAFTS = ModelRows("shop.note", "", (Condition("state", ("draft",)),))


def logs_of_drafts(apps: Any, schema_editor: Any) -> None:
    note = apps.get_model("shop", "Note")
    apps.get_model("shop", "Order").objects.filter(
        content_type=apps.get_model("contenttypes", "ContentType").objects.get_for_model(note),
        object_id__in=note.objects.filter(state="draft"),
    ).delete()


def logs_of_rows(apps: Any, schema_editor: Any) -> None:
    logs = apps.get_model("shop", "Order").objects
    notes = list(apps.get_model("shop", "Note").objects.filter(state="draft"))
    logs.filter(object_id=notes[0].pk).delete()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            logs_of_drafts,
            (
                Condition("content_type", (Column(NOTES, "pk"),)),
                Condition("object_id__in", (Column(DRAFTS, "pk"),)),
            ),
        ),
        (logs_of_rows, (Condition("object_id", (Column(DRAFTS, "pk"),)),)),
    ],
)  # fmt: skip
def test_other_rows(code: Callable[..., Any], expected: tuple[Condition, ...]) -> None:
    """A lookup by another row, or by its key, is a condition with the column of that row."""
    [choice] = [choice for choice in read(migrations.RunPython(code)).chosen if choice.owner == "shop.order"]
    assert choice.conditions == expected


LEGACY = ModelRows("shop_product", "", (Condition("number__in", ("LEGACY",)),))


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM shop_order WHERE product_id IN (SELECT id FROM shop_product WHERE number = 'LEGACY')",
        "UPDATE shop_order SET a = 1 FROM shop_product AS p WHERE p.id = product_id AND p.number = 'LEGACY'",
    ],
)
def test_other_rows_in_sql(sql: str) -> None:
    """A column that SQL compares with one of other rows has the values of those that SQL chooses."""
    conditions = {
        condition
        for choice in read(migrations.RunSQL(sql)).chosen
        for condition in choice.conditions
        if choice.owner == "shop_order"
    }
    assert conditions == {Condition("product_id", (Column(LEGACY, "id"),))}


def imported(apps: Any, schema_editor: Any) -> None:
    from django_switchback.worker.seed.constants.interface import MAX_ALTERNATIVES as LIMIT

    apps.get_model("shop", "Order").objects.filter(total=LIMIT).delete()


def test_import_within_the_function() -> None:
    """A constant that the function imports itself is known."""
    assert list(shown(read(migrations.RunPython(imported)).chosen)) == [{"total": MAX_ALTERNATIVES}]


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_columns_in_conditions(dialect: str) -> None:
    """Those by which statements look rows up, in subqueries too; none of what cannot be parsed."""
    assert columns_in_conditions(
        'SELECT "l"."id", "l"."color" FROM "l" WHERE "l"."name" = %s LIMIT 21', dialect
    ) == {"name"}
    guarded = (
        "INSERT INTO l (name, color) SELECT 'a', 'b' WHERE NOT EXISTS (SELECT 1 FROM l WHERE name = 'a')"
    )
    assert columns_in_conditions(guarded, dialect) == {"name"}
    assert columns_in_conditions("WHERE is it", dialect) == set()
