"""Which declared types are one type on SQLite."""

from __future__ import annotations

import pytest

from django_switchback.worker.snapshot.sqlite.affinity import storage


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("integer", "bigint"),
        ("varchar(20)", "text"),
        ("real", "double precision"),
        ("decimal", "numeric(9, 2)"),
    ],
)
def test_types_of_one_affinity_are_one(first: str, second: str) -> None:
    """SQLite stores what it is given alike in both, and Django reads it alike."""
    assert storage(first, is_key=False) == storage(second, is_key=False)


@pytest.mark.parametrize(
    ("first", "second"),
    [("integer", "text"), ("date", "datetime"), ("decimal", "bool"), ("bigint", "real"), ("text", "")],
)
def test_others_differ(first: str, second: str) -> None:
    """By their affinity, or by the converter with which Django reads a column of that name."""
    assert storage(first, is_key=False) != storage(second, is_key=False)


def test_an_integer_key_is_the_rowid() -> None:
    """SQLite numbers it; a BIGINT key, and a column that is no key, are not numbered."""
    assert storage("INTEGER", is_key=True) != storage("bigint", is_key=True)
    assert storage("integer", is_key=True) != storage("integer", is_key=False)
