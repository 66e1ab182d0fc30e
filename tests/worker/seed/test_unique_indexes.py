"""Unique indexes that only SQL knows: what the statements say that create them."""

from __future__ import annotations

from django_switchback.worker.seed.constraints.unique_indexes import UniqueIndex, unique_indexes_in


def test_indexes_that_statements_create() -> None:
    """Only unique ones, with the columns of their condition; nothing of what cannot be parsed."""
    text = (
        "CREATE INDEX a ON account (lower(email)); "
        "CREATE UNIQUE INDEX b ON account (replace(email, '-', ''), shop) WHERE sold = 0"
    )
    index = UniqueIndex(
        ("REPLACE(email, '-', '')", '"shop"'), ("email", "shop"), "sold = 0", ("sold",), frozenset("-")
    )
    assert list(unique_indexes_in(text, "sqlite")) == [("account", index)]
    assert list(unique_indexes_in("CREATE UNIQUE (((", "sqlite")) == []
