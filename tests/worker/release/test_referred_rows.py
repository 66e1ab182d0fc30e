"""Rows that a foreign key refers to which no model declares cannot be deleted, as long as it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from seed.support import connected, created, model

from django_switchback.sandbox.interface import Server
from django_switchback.worker.release.referred_rows import deletes_of_referred_rows
from django_switchback.worker.snapshot.reading import schema

ADD = "ALTER TABLE shop_note ADD CONSTRAINT of_box FOREIGN KEY (box_id) REFERENCES shop_box (id) NOT VALID"


@pytest.fixture
def database(server_of: Callable[[str], Server]) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox."""
    yield from connected(server_of("postgresql-18"))


def test_delete_is_refused_until_the_key_is_gone(database: BaseDatabaseWrapper) -> None:
    """A row that refers to none is made to; without such a row, nothing is said of the delete."""
    apps = created(database, model("Box"), model("Note", ("box_id", models.IntegerField(null=True))))
    before = schema(database)

    def tried(*statements: str) -> list[bool | str | None]:
        with database.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        found = deletes_of_referred_rows(database, apps, before, schema(database))
        return [attempt.untried or attempt.is_broken for attempt in found]

    assert tried(ADD) == ["no row can be made to refer to one of the table"]
    assert tried("INSERT INTO shop_box VALUES (7)", "INSERT INTO shop_note VALUES (1, NULL)") == [True]
    assert tried("ALTER TABLE shop_note VALIDATE CONSTRAINT of_box") == [True]
    assert tried("ALTER TABLE shop_note DROP CONSTRAINT of_box") == []
    added = "ALTER TABLE shop_note ADD COLUMN other_id bigint REFERENCES shop_box (id)"
    assert tried(added) == ["no row can be made to refer to one of the table"]
