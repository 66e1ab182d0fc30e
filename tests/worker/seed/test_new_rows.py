"""What a new release writes, after the target and before the rollback."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ProjectState
from django.db.models import Q, QuerySet

from django_switchback.worker.seed.insert import insert
from django_switchback.worker.seed.new_rows import changed_columns
from django_switchback.worker.seed.seeder import Seeder

from .support import content_types, created, model, rows


def test_keys_and_reasons(database: BaseDatabaseWrapper) -> None:
    """The keys of the new rows are returned as the database's text, and why a table got none."""
    title: tuple[str, Any] = ("title", models.CharField(max_length=9))
    apps = created(database, model("Note", title), content_types())
    seeder = Seeder(database, 0)
    seeder.fill(apps)
    written = seeder.insert_new(apps, {"shop_note", "django_content_type", "elsewhere"})
    new = [row["id"] for row in rows(database, apps, "Note")[7:]]
    assert written.keys == {"shop_note": tuple((str(key),) for key in new)}
    assert len(new) == 6
    assert written.unwritten == {
        "django_content_type": "the table is maintained by the library",
        "elsewhere": "no managed model uses this table",
    }


def test_only_the_new_schema_allows_it(database: BaseDatabaseWrapper) -> None:
    """Longest text, null, a repeated value, every choice and the widest number are among the new rows."""
    apps = created(
        database,
        model(
            "Post",
            ("slug", models.CharField(max_length=40, null=True)),
            ("size", models.BigIntegerField()),
            (
                "state",
                models.CharField(max_length=9, choices=[(word, word) for word in ("a", "b", "c", "new")]),
            ),
        ),
    )
    seeder = Seeder(database, 0)
    seeder.fill(apps, edge=False)
    seeder.insert_new(apps, ["shop_post"])
    old, new = rows(database, apps, "Post")[:3], rows(database, apps, "Post")[3:]
    assert max(len(row["slug"] or "") for row in new) == 40
    assert None in {row["slug"] for row in new}
    assert {row["size"] for row in new} >= {-(2**63), 2**63 - 1}
    assert {row["state"] for row in new} == {"a", "b", "c", "new"}
    first = {**old[0], "id": None}
    assert first in [{**row, "id": None} for row in new]


def test_rows_in_other_tables_are_told(database: BaseDatabaseWrapper) -> None:
    """A row that a new row needs elsewhere is among the keys too."""
    place = model("Place", ("name", models.CharField(max_length=9)))
    link: Any = models.OneToOneField("shop.Place", models.CASCADE, parent_link=True, primary_key=True)
    apps = created(database, place, model("Bar", ("place_ptr", link), bases=("shop.place",)))
    written = Seeder(database, 0).insert_new(apps, ["shop_bar"])
    assert written.keys["shop_bar"] == written.keys["shop_place"]


def test_extremes_only_where_the_target_was(sqlite: BaseDatabaseWrapper) -> None:
    """With the models before the target at hand, the columns that it left alone get typical values."""
    size: tuple[str, Any] = ("size", models.IntegerField())
    before = ProjectState()
    before.add_model(model("Post", ("slug", models.CharField(max_length=20)), size))
    apps = created(sqlite, model("Post", ("slug", models.CharField(max_length=40)), size))
    Seeder(sqlite, 0).insert_new(apps, ["shop_post"], before.apps)
    new = rows(sqlite, apps, "Post")
    assert max(len(row["slug"]) for row in new) == 40
    assert all(0 < row["size"] < 1000 for row in new)


def test_a_document_that_became_text_holds_any(sqlite: BaseDatabaseWrapper) -> None:
    """A text column called ``data`` is otherwise taken to hold JSON."""
    before = ProjectState()
    before.add_model(model("Note", ("data", models.JSONField())))
    apps = created(sqlite, model("Note", ("data", models.TextField())))
    Seeder(sqlite, 0).insert_new(apps, ["shop_note"], before.apps)
    assert "plain text" in [row["data"] for row in rows(sqlite, apps, "Note")]


def test_changed_columns() -> None:
    """A column is touched when its field differs, is new, or stands in a constraint that differs."""
    fields: list[tuple[str, Any]] = [("same", models.IntegerField()), ("low", models.IntegerField())]
    check = models.CheckConstraint(condition=Q(low__gt=1), name="check")
    old, new = ProjectState(), ProjectState()
    old.add_model(model("Post", *fields, ("wide", models.IntegerField()), constraints=[check]))
    new.add_model(model("Post", *fields, ("wide", models.BigIntegerField()), ("extra", models.TextField())))
    found = changed_columns(old.apps.get_model("shop", "Post"), new.apps.get_model("shop", "Post"))
    assert found == {"low", "wide", "extra"}


def test_a_constraint_between_columns_that_is_gone_is_broken(database: BaseDatabaseWrapper) -> None:
    """Where a check compared two columns, a new row has them the other way round."""
    fields: list[tuple[str, Any]] = [("begins", models.DateField()), ("ends", models.DateField())]
    check = models.CheckConstraint(condition=Q(ends__gte=models.F("begins")), name="order")
    before = ProjectState()
    before.add_model(model("Post", *fields, constraints=[check]))
    apps = created(database, model("Post", *fields))
    Seeder(database, 0).insert_new(apps, ["shop_post"], before.apps)
    assert any(row["ends"] < row["begins"] for row in rows(database, apps, "Post"))


@pytest.mark.parametrize("again", [False, True])
def test_equal_nulls(sqlite: BaseDatabaseWrapper, *, again: bool) -> None:
    """Two rows are alike but for their nulls where only the old schema holds nulls to be equal."""
    fields: list[tuple[str, Any]] = [("room", models.IntegerField()), ("end", models.DateField(null=True))]
    unique = models.UniqueConstraint(fields=["room", "end"], name="stay", nulls_distinct=False)
    before = ProjectState()
    before.add_model(model("Stay", *fields, constraints=[unique]))
    apps = created(sqlite, model("Stay", *fields, constraints=[unique] if again else []))
    Seeder(sqlite, 0).insert_new(apps, ["shop_stay"], before.apps)
    rooms = [row["room"] for row in rows(sqlite, apps, "Stay") if row["end"] is None]
    assert (len(rooms) > len(set(rooms))) is not again


def test_new_rows_refer_to_rows_of_the_target(database: BaseDatabaseWrapper) -> None:
    """Each column refers to a row that the target inserted, of several to several; not against its limit."""
    genre: tuple[str, Any] = ("genre", models.ForeignKey("shop.Genre", models.PROTECT))
    limited: Any = models.ForeignKey(
        "shop.Genre", models.CASCADE, limit_choices_to={"name": "no such"}, null=True
    )
    apps = created(
        database,
        model("Genre", ("name", models.CharField(max_length=30))),
        model("Song", genre),
        model("Book", ("limited", limited)),
    )
    seeder = Seeder(database, 0)
    seeder.fill(apps)
    genres: QuerySet[Any] = QuerySet(model=apps.get_model("shop", "Genre"), using=database.alias)
    made = [genres.create(name=f"made {number}").pk for number in range(5)]
    books = len(rows(database, apps, "Book"))
    inserted = {"shop_genre": [(str(key),) for key in made]}
    written = seeder.insert_new(apps, ("shop_genre",), inserted=inserted)
    referred = [row["genre_id"] for row in rows(database, apps, "Song")]
    assert len({*referred} & {*made}) == 3
    assert len(written.keys["shop_song"]) == 3
    assert len(rows(database, apps, "Book")) == books


def test_keys_drawn_at_random(database: BaseDatabaseWrapper) -> None:
    """Whatever keys a migration has drawn, the same rows are referred to."""
    author = model(
        "Author", ("id", models.UUIDField(primary_key=True)), ("name", models.CharField(max_length=9))
    )
    reference: Any = models.ForeignKey("shop.Author", models.CASCADE, null=True)
    apps = created(database, author, model("Book", ("author", reference)))
    referred = []
    for numbers in ([1, 2, 3, 4, 5], [4, 1, 5, 3, 2]):
        names = {UUID(int=number): f"name {place}" for place, number in enumerate(numbers)}
        insert(database, apps.get_model("shop", "Author"), [{"id": key, "name": names[key]} for key in names])
        keys = {"shop_author": [(str(key),) for key in names]}
        Seeder(database, 0).insert_new(apps, ["shop_book"], inserted=keys)
        referred.append([names.get(row["author_id"]) for row in rows(database, apps, "Book")])
        for name in ("Book", "Author"):
            QuerySet(model=apps.get_model("shop", name), using=database.alias).delete()
    assert referred[0] == referred[1]
    assert len({*referred[0]}) > 2
