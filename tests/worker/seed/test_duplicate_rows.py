"""The edge row that is like the table's first one, as far as nothing forbids it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

from django_switchback.worker.seed.seeder import Seeder

from .support import content_types, created, model, rows

NAME: tuple[str, Any] = ("name", models.CharField(max_length=90))
CODE: tuple[str, Any] = ("code", models.CharField(max_length=90))
DONE: tuple[str, Any] = ("done", models.BooleanField())


def filled(database: BaseDatabaseWrapper, *fields: tuple[str, Any], **options: Any) -> list[dict[str, Any]]:
    """Return the rows, in the order of their keys, that a table of these fields gets."""
    apps = created(database, model("Note", *fields, **options))
    assert Seeder(database, 0).fill(apps).empty == {}
    return rows(database, apps, "Note")


def often(made: list[dict[str, Any]], *names: str) -> int:
    """Return how many rows have the first row's values of these columns."""
    return [[row[name] for name in names] for row in made].count([made[0][name] for name in names])


def test_all_columns(database: BaseDatabaseWrapper) -> None:
    """Free text, numbers and moments are there twice, and once only where no edge rows are wanted."""
    text: tuple[str, Any] = ("text", models.TextField())
    at: tuple[str, Any] = ("at", models.DateTimeField())
    apps = created(database, model("Note", NAME, text, at, ("of", models.UUIDField())))
    seeder = Seeder(database, 0)
    seeder.fill(apps, edge=False)
    assert often(rows(database, apps, "Note"), "name") == 1
    seeder.fill(apps)
    made = rows(database, apps, "Note")
    assert {**made[-1], "id": 1} == made[0]
    assert often(made, "name", "text", "at", "of") == 2


def test_beside_a_row_of_a_migration(database: BaseDatabaseWrapper) -> None:
    """One or two rows that a migration has put in keep no edge row out; the first of them has the twin."""
    apps = created(database, model("Note", NAME))
    models.QuerySet(model=apps.get_model("shop", "Note"), using=database.alias).create(name="from the start")
    assert Seeder(database, 0).fill(apps).inserted == 7
    assert [row["name"] for row in rows(database, apps, "Note")].count("from the start") == 2


def test_unique_column(database: BaseDatabaseWrapper) -> None:
    """A column that is unique keeps a value of its own, and the others are the first row's."""
    made = filled(database, NAME, ("code", models.CharField(max_length=90, unique=True)))
    assert len(made) == len({row["code"] for row in made}) == 7
    assert often(made, "name") == 2


@pytest.mark.parametrize("declared", ["together", "constraint"])
def test_unique_together(declared: str, database: BaseDatabaseWrapper) -> None:
    """Of columns that are unique together the last one differs, and the others are repeated."""
    only = models.UniqueConstraint(fields=["name", "code"], name="only_one")
    options: dict[str, Any] = (
        {"unique_together": {("name", "code")}} if declared == "together" else {"constraints": [only]}
    )
    made = filled(database, NAME, CODE, ("text", models.TextField()), **options)
    assert len(made) == 7
    assert (often(made, "name"), often(made, "code"), often(made, "text")) == (2, 1, 2)


@pytest.mark.parametrize(("among", "times"), [(True, 1), (False, 2)])
def test_partial_uniqueness(among: bool, times: int, database: BaseDatabaseWrapper) -> None:
    """What rows that are done may not share is not repeated, where all but they must be unique it is."""
    only = models.UniqueConstraint(fields=["name"], condition=Q(done=among), name="only_one")
    made = filled(database, DONE, NAME, constraints=[only])
    assert len(made) == 7
    assert made[0]["done"]
    assert often(made, "name") == times


def test_one_to_one(database: BaseDatabaseWrapper) -> None:
    """A reference that is unique is to another row, one that is not to the same row."""
    author = model("Author", NAME)
    other: Any = models.OneToOneField("shop.Author", models.CASCADE)
    same: Any = models.ForeignKey("shop.Author", models.CASCADE, related_name="+")
    apps = created(database, author, model("Desk", ("owner", other), ("guest", same)))
    assert Seeder(database, 0).fill(apps).empty == {}
    made = rows(database, apps, "Desk")
    assert len({row["owner_id"] for row in made}) == 7
    assert made[-1]["guest_id"] == made[0]["guest_id"]


@pytest.mark.parametrize("first", ["site", "path"])
def test_unique_beside_a_reference(first: str, database: BaseDatabaseWrapper) -> None:
    """A text that is unique beside a reference is repeated beside another one, whichever stands first."""
    site: tuple[str, Any] = ("site", models.ForeignKey("shop.Site", models.CASCADE))
    path: tuple[str, Any] = ("path", models.CharField(max_length=90))
    fields = (site, path) if first == "site" else (path, site)
    redirect = model("Redirect", *fields, unique_together={("site", "path")})
    apps = created(database, model("Site", NAME), redirect)
    assert Seeder(database, 0).fill(apps).empty == {}
    made = rows(database, apps, "Redirect")
    assert often(made, "path") == 2
    assert len({(row["site_id"], row["path"]) for row in made}) == len(made) == 7


def test_uniqueness_that_only_the_database_knows(database: BaseDatabaseWrapper) -> None:
    """Where an index that no model declares refuses the twin, the other rows are there all the same."""
    apps = created(database, model("Note", NAME))
    with database.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX only_one ON shop_note (name)")
    assert Seeder(database, 0).fill(apps).empty == {}
    assert len(rows(database, apps, "Note")) == 6


def test_generic_reference(database: BaseDatabaseWrapper) -> None:
    """Both halves of a generic reference are the first row's or neither: what they name exists."""
    kind: Any = models.ForeignKey("contenttypes.ContentType", models.CASCADE)
    number: tuple[str, Any] = ("object_id", models.PositiveIntegerField())
    apps = created(
        database,
        content_types(),
        model("Note", NAME),
        model("Page", NAME),
        model("Like", ("content_type", kind), number, NAME),
        model("Star", ("content_type", kind), number, NAME, unique_together={("content_type", "object_id")}),
    )
    assert Seeder(database, 0).fill(apps).empty == {}
    assert often(rows(database, apps, "Like"), "content_type_id", "object_id", "name") == 2
    types: Any = models.QuerySet(model=apps.get_model("contenttypes", "ContentType"), using=database.alias)
    named = dict(types.values_list("id", "model"))
    for name in ("Like", "Star"):
        for row in rows(database, apps, name):
            there: Any = apps.get_model("shop", named[row["content_type_id"]])
            assert models.QuerySet(model=there, using=database.alias).filter(pk=row["object_id"]).exists()


def test_key_that_is_yet_unknown(database: BaseDatabaseWrapper) -> None:
    """A first row whose reference is still to be set hands no placeholder on: every reference holds."""
    to: Any = [models.ForeignKey(f"shop.{name}", models.CASCADE) for name in ("Right", "Left")]
    apps = created(database, model("Left", ("right", to[0]), NAME), model("Right", ("left", to[1]), NAME))
    assert Seeder(database, 0).fill(apps).empty == {}
    for name, other in (("Left", "right"), ("Right", "left")):
        keys = {row["id"] for row in rows(database, apps, other.capitalize())}
        assert {row[f"{other}_id"] for row in rows(database, apps, name)} <= keys
        assert len(rows(database, apps, name)) >= 7
