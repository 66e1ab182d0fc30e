"""Keys that were just inserted are known without asking, and are what asking would tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed.insert import insert
from django_switchback.worker.seed.interface import Model
from django_switchback.worker.seed.references.referred_keys import ReferencedKeys

from ..support import created, model

KEYS: dict[str, Callable[[int], Any]] = {
    "BigAutoField": lambda number: number,
    "CharField": str,
    "UUIDField": lambda number: UUID(int=number),
}


class Asked(Exception):
    """A query was sent."""


def refuse(*_: Any) -> None:
    """Let nothing be asked."""
    raise Asked


def inserted(database: BaseDatabaseWrapper, kind: str, numbers: list[int]) -> tuple[Model, list[Any]]:
    """Return a model with a key of ``kind``, and the keys of its rows as they were put in."""
    key = getattr(models, kind)(primary_key=True, **({"max_length": 40} if kind == "CharField" else {}))
    apps = created(database, model("Tag", ("id", key)))
    tag = apps.get_model("shop", "Tag")
    return tag, insert(database, tag, [{"id": KEYS[kind](number)} for number in numbers])


def added(database: BaseDatabaseWrapper, tag: Model, learnt: ReferencedKeys, numbers: list[int]) -> None:
    """Put in more rows, and let them be learnt."""
    learnt.learn(tag, insert(database, tag, [{"id": number} for number in numbers]), first=False)


def test_what_is_learnt_is_what_is_asked(database: BaseDatabaseWrapper) -> None:
    """In the order of the keys, whatever the order that they were put in; rows that come later too."""
    tag, keys = inserted(database, "BigAutoField", [5, 9, 3])
    learnt = ReferencedKeys(database)
    learnt.learn(tag, keys, first=True)
    added(database, tag, learnt, [4, 1])
    with database.execute_wrapper(refuse):
        found = learnt.keys(tag)
        assert learnt.keys(tag, "id") == found
    assert found == ReferencedKeys(database).keys(tag) == (1, 3, 4, 5, 9)


@pytest.mark.parametrize("rows", [57, 58, 60, 61, 200])
def test_of_many_not_all_are_known(database: BaseDatabaseWrapper, rows: int) -> None:
    """The database is asked for the first ones and the last ones."""
    tag, keys = inserted(database, "BigAutoField", list(range(rows)))
    learnt = ReferencedKeys(database)
    learnt.learn(tag, keys, first=True)
    added(database, tag, learnt, [rows + 1, rows + 2])
    assert learnt.keys(tag) == ReferencedKeys(database).keys(tag)


def test_rows_that_were_there_before(database: BaseDatabaseWrapper) -> None:
    """Until the database was asked, nobody knows of those."""
    tag, _ = inserted(database, "BigAutoField", [5])
    learnt = ReferencedKeys(database)
    added(database, tag, learnt, [6])
    assert learnt.keys(tag) == (5, 6)
    added(database, tag, learnt, [7])
    with database.execute_wrapper(refuse):
        assert learnt.keys(tag) == (5, 6, 7)


@pytest.mark.parametrize("kind", ["CharField", "UUIDField"])
def test_an_order_that_the_database_alone_knows(database: BaseDatabaseWrapper, kind: str) -> None:
    """Keys that are no numbers are asked for."""
    tag, keys = inserted(database, kind, [2, 10, 1])
    learnt = ReferencedKeys(database)
    learnt.learn(tag, keys, first=True)
    with database.execute_wrapper(refuse), pytest.raises(Asked):
        learnt.keys(tag)


def test_what_is_forgotten_is_asked(database: BaseDatabaseWrapper) -> None:
    """Another row came."""
    tag, keys = inserted(database, "BigAutoField", [1, 2])
    learnt = ReferencedKeys(database)
    learnt.learn(tag, keys, first=True)
    insert(database, tag, [{"id": 3}])
    learnt.forget(tag)
    assert learnt.keys(tag) == (1, 2, 3)
