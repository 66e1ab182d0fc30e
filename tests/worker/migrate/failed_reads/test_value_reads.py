"""Which texts of rows the failed call of a data migration was given."""

from __future__ import annotations

import ast
import base64
import json
import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import django
import pytest
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState
from seed.support import migration_of

from django_switchback.worker.migrate.failed_reads.value_reads import ValueRead, values_read_by

if not settings.configured:
    settings.configure(USE_TZ=True)
    django.setup()

TEXT = "harbour"


def note() -> Any:
    """Return a row with a text."""
    state = ProjectState()
    fields: list[tuple[str, Any]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("text", models.TextField()),
        ("data", models.JSONField()),
        ("author", models.TextField(null=True)),
    ]
    state.add_model(ModelState("shop", "Note", fields))
    row: models.Model = state.apps.get_model("shop", "Note")(text=TEXT, data={"widgets": [{"size": 2}]})
    return row


def attribute(apps: Any, schema_editor: Any) -> None:
    row = note()
    json.loads(row.text)


def variable(apps: Any, schema_editor: Any) -> None:
    text = TEXT
    json.loads(base64.b64decode(text))


def of_the_row(apps: Any, schema_editor: Any) -> None:
    row = note()
    text = row.text
    json.loads(text)


def helper(text: str) -> Any:
    return json.loads(text)


def in_helper(apps: Any, schema_editor: Any) -> None:
    helper(note().text)


def raises(apps: Any, schema_editor: Any) -> None:
    text = TEXT
    if not text.isdigit():
        raise ValueError(text)


def composes(apps: Any, schema_editor: Any) -> None:
    text = TEXT
    json.loads(f"no. {text}")


def number(apps: Any, schema_editor: Any) -> None:
    text = TEXT
    int(text)


def plain(apps: Any, schema_editor: Any) -> None:
    text = TEXT
    Decimal(text)


def looks_up(apps: Any, schema_editor: Any) -> None:
    text = TEXT
    {"a": 1}[text]


def words(apps: Any, schema_editor: Any) -> None:
    text = TEXT
    _, _ = text.split(" ")


def unpacks(apps: Any, schema_editor: Any) -> None:
    row: Any = note()
    _, _, _ = row.text.split("x")


def in_numbers(apps: Any, schema_editor: Any) -> None:
    row: Any = note()
    _, _, _ = (int(part) for part in row.text.split("x"))


def items(apps: Any, schema_editor: Any) -> None:
    row: Any = note()
    parts = row.text.split("x")
    int(parts[0]) * int(parts[2])


def subscript(apps: Any, schema_editor: Any) -> None:
    row: Any = note()
    row.data["ui"]["theme"]


def variable_of_document(apps: Any, schema_editor: Any) -> None:
    row: Any = note()
    theme = row.data.get("theme")
    theme.lower()


def part_of_document(apps: Any, schema_editor: Any) -> None:
    row: Any = note()
    for widget in row.data["widgets"]:
        theme_of(widget)


def theme_of(widget: Any) -> Any:
    return widget["theme"]


def own_table(apps: Any, schema_editor: Any) -> None:
    row: Any = note()
    table = {"a": 1}
    table[row.text]


def null(apps: Any, schema_editor: Any) -> None:
    row: Any = note()
    author = row.author
    author.lower()


def own_key(apps: Any, schema_editor: Any) -> None:
    row: Any = note()
    text = row.text
    {"a": 1}[text]


def raises_on_key(apps: Any, schema_editor: Any) -> None:
    row: Any = note()
    if "ui" not in row.data:
        raise KeyError("ui")


def read(code: Any) -> tuple[ValueRead, ...]:
    """Return what the failed call in ``code`` was given."""
    migration = migration_of(migrations.RunPython(code))
    editor = SimpleNamespace(connection=SimpleNamespace(alias="default"), atomic_migration=True)
    with pytest.raises((ValueError, SyntaxError, LookupError, ArithmeticError, AttributeError)) as raised:
        migration.apply(ProjectState(), cast("Any", editor))
    return values_read_by(raised.value)


def either(apps: Any, schema_editor: Any) -> None:
    row = note()
    json.loads(row.text or "{}")


def pattern(apps: Any, schema_editor: Any) -> None:
    row = note()
    re.match("a:([0-9]+)", row.text).group(1)  # type: ignore[union-attr]  # raises


def evaluated(apps: Any, schema_editor: Any) -> None:
    row = note()
    row.text = f"{TEXT} {TEXT}"
    ast.literal_eval(row.text)


def pairs(apps: Any, schema_editor: Any) -> None:
    row = note()
    dict(part.split("=", 1) for part in row.text.split(";"))


@pytest.mark.parametrize("code", [attribute, of_the_row, either, pattern])
def test_a_text_of_a_row(code: Any) -> None:
    """The column is known where the code has the row."""
    assert read(code) == (ValueRead(TEXT, "shop_note", "text"),)


@pytest.mark.parametrize("code", [variable, in_helper])
def test_a_text_alone(code: Any) -> None:
    """A variable that holds a text may be one of a row."""
    assert read(code) == (ValueRead(TEXT),)


@pytest.mark.parametrize("code", [unpacks, in_numbers, items])
def test_a_text_in_parts(code: Any) -> None:
    """A text that the code splits at a character has a separator and a number of parts."""
    assert read(code)[0] == ValueRead(TEXT, "shop_note", "text", "x", 3)


def test_a_text_in_pairs() -> None:
    """So does what it splits in a loop over the parts."""
    assert read(pairs) == (ValueRead(TEXT, "shop_note", "text", ";", 2, "="),)


def test_a_literal() -> None:
    """A text that the code evaluates is told as such: JSON would be read too, but come back as Python."""
    assert read(evaluated) == (ValueRead(f"{TEXT} {TEXT}", "shop_note", "text", literal=True),)


@pytest.mark.parametrize("code", [subscript, variable_of_document, part_of_document])
def test_a_document(code: Any) -> None:
    """The column of a document is known by the row at hand, whose part or value the code reads."""
    assert [(value.table, value.column) for value in read(code)] == [("shop_note", "data")]


@pytest.mark.parametrize("code", [own_table, null, own_key, raises_on_key])
def test_no_document(code: Any) -> None:
    """A dictionary of the code's own, a null and its own refusal are no document that cannot be read."""
    assert read(code) == ()


@pytest.mark.parametrize("code", [raises, composes, number, plain, looks_up, words])
def test_what_fails_for_what_the_row_says(code: Any) -> None:
    """A refusal of the migration's own, a plain value and a composed text are no matter of reading."""
    assert read(code) == ()
