"""Which values of new rows a rollback has to keep."""

from __future__ import annotations

import pytest

from django_switchback.worker.compare.unrepresentable_values import (
    columns_of_dropped_constraints,
    ignore_unrepresentable,
)
from django_switchback.worker.snapshot.interface import CatalogueObject, Schema, TableRows

COLUMNS: Schema = {
    ("column", "post.title"): CatalogueObject("post", {"type": "character varying(3)", "not null": "yes"}),
    ("column", "post.stars"): CatalogueObject("post", {"type": "integer"}),
}


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("constraint", {"type": "check", "definition": "CHECK ((stars >= 1))"}),
        ("constraint", {"type": "unique", "definition": "UNIQUE (stars)"}),
        ("constraint", {"type": "exclusion", "definition": "EXCLUDE USING gist (stars WITH =)"}),
        ("index", {"unique": "yes", "definition": "USING btree (stars)"}),
    ],
)
def test_a_demand_that_is_gone_lets_its_columns_go(kind: str, attributes: dict[str, str | None]) -> None:
    """The columns of a check or uniqueness are free once the new schema has it no more."""
    demanding = {**COLUMNS, (kind, "post.demand"): CatalogueObject("post", attributes)}
    assert columns_of_dropped_constraints(demanding, COLUMNS) == {"post": {"stars"}}
    assert columns_of_dropped_constraints(demanding, demanding) == {}


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("constraint", {"type": "foreign key", "definition": "FOREIGN KEY (stars) REFERENCES star(id)"}),
        ("index", {"definition": "USING btree (stars)"}),
    ],
)
def test_what_demands_nothing_of_values_lets_nothing_go(kind: str, attributes: dict[str, str | None]) -> None:
    """That an index or a reference is gone is no reason for values to change."""
    assert (
        columns_of_dropped_constraints(
            {**COLUMNS, (kind, "post.plain"): CatalogueObject("post", attributes)}, COLUMNS
        )
        == {}
    )


@pytest.mark.parametrize(
    ("column", "was", "free"),
    [
        ("title", None, True),
        ("title", "four", True),
        ("title", "one", False),
        ("stars", None, False),
        ("stars", "12345", False),
        ("unknown", None, False),
    ],
)
def test_a_value_that_the_old_column_cannot_hold_need_not_stay(
    column: str, was: str | None, free: bool
) -> None:
    """Null in a column that had to be filled and text too long for it may change; what fits must not."""
    loaded = {"post": TableRows(("id",), ("id", column), {("1",): {"id": "1", column: was}})}
    restored = {"post": TableRows(("id",), ("id", column), {("1",): {"id": "1", column: "new"}})}
    row = ignore_unrepresentable(restored, loaded, COLUMNS)["post"].rows["1",]
    assert row == {"id": "1", column: was if free else "new"}
