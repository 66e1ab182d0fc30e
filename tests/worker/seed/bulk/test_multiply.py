"""Many rows from few: distinct where they must be, spread where they refer, copied otherwise."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q

from django_switchback.worker.seed.interface import SeedCoverage
from django_switchback.worker.seed.seeder import Seeder

from ..support import created, model, rows

MANY = 300


def foreign(to: str, **options: Any) -> Any:
    """Return a foreign key to a model of the test's app."""
    return models.ForeignKey(f"shop.{to}", on_delete=models.CASCADE, **options)


def filled(database: BaseDatabaseWrapper, apps: Any, many: int = MANY) -> SeedCoverage:
    """Bring every table of ``apps`` to ``many`` rows."""
    return Seeder(database, 0, many=many).fill(apps, many=True)


UNIQUES: dict[str, models.Field[Any, Any]] = {
    "text": models.CharField(max_length=12, unique=True),
    "long": models.TextField(unique=True),
    "email": models.EmailField(max_length=20, unique=True),
    "slug": models.SlugField(max_length=10, unique=True),
    "uuid": models.UUIDField(unique=True),
    "integer": models.IntegerField(unique=True),
    "big": models.BigIntegerField(unique=True),
    "small": models.PositiveSmallIntegerField(unique=True),
    "decimal": models.DecimalField(max_digits=6, decimal_places=2, unique=True),
    "double": models.FloatField(unique=True),
    "day": models.DateField(unique=True),
    "moment": models.DateTimeField(unique=True),
    "time": models.TimeField(unique=True),
    "duration": models.DurationField(unique=True),
    "address": models.GenericIPAddressField(unique=True),
    "nullable": models.CharField(max_length=12, unique=True, null=True),
}


@pytest.mark.parametrize("name", UNIQUES)
def test_unique_values_are_made_distinct(database: BaseDatabaseWrapper, name: str) -> None:
    """A unique column of any usual type lets its table have the rows asked for, and Django can read them."""
    apps = created(database, model("Note", ("value", UNIQUES[name].clone())))
    coverage = filled(database, apps)
    assert coverage.fewer == {}
    values = [row["value"] for row in rows(database, apps, "Note")]
    assert len(values) == MANY
    told = [value for value in values if value is not None]
    assert len(set(told)) == len(told) >= MANY // 2
    if isinstance(UNIQUES[name], models.CharField):
        assert max(map(len, told)) <= (UNIQUES[name].max_length or 0)


def test_the_rest_is_copied(database: BaseDatabaseWrapper) -> None:
    """Each typical and each edge row is there about as often as any other; the database gave the keys."""
    apps = created(
        database,
        model("Note", ("title", models.CharField(max_length=30)), ("at", models.DateTimeField(null=True))),
    )
    seeder = Seeder(database, 0, many=MANY)
    few = seeder.fill(apps)
    assert (few.inserted, few.fewer) == (7, {})
    assert seeder.fill(apps, many=True).fewer == {}
    found = rows(database, apps, "Note")
    often = Counter((row["title"], row["at"]) for row in found)
    assert len(found) == MANY
    # The first row has a twin, so that it is there twice as often.
    assert {round(number * 7 / MANY) for number in often.values()} == {1, 2}
    assert [row["id"] for row in found] == sorted({row["id"] for row in found})


def test_the_same_rows_again(database: BaseDatabaseWrapper) -> None:
    """What is there already is not made again: the second time nothing happens."""
    apps = created(database, model("Note", ("title", models.CharField(max_length=30, unique=True))))
    seeder = Seeder(database, 0, many=MANY)
    seeder.fill(apps, many=True)
    before = rows(database, apps, "Note")
    seeder.fill(apps, many=True)
    assert rows(database, apps, "Note") == before


def test_references_are_spread(database: BaseDatabaseWrapper) -> None:
    """References go round all rows there are; one that is null in the row that is copied stays null."""
    apps = created(
        database,
        model("Author", ("name", models.CharField(max_length=30))),
        model(
            "Book", ("author", foreign("Author")), ("editor", foreign("Author", null=True, related_name="+"))
        ),
    )
    filled(database, apps)
    books = rows(database, apps, "Book")
    assert len({book["author_id"] for book in books}) > MANY // 2
    assert {book["editor_id"] is None for book in books} == {True, False}


def test_references_that_are_unique(database: BaseDatabaseWrapper) -> None:
    """A one-to-one column gets another row each time, and so does the link to an inherited part."""
    apps = created(
        database,
        model("Author", ("name", models.CharField(max_length=30))),
        model("Profile", ("author", models.OneToOneField("shop.Author", on_delete=models.CASCADE))),
        model(
            "Poet",
            ("author_ptr", models.OneToOneField("shop.Author", on_delete=models.CASCADE, parent_link=True,
                                                primary_key=True)),
            ("verses", models.IntegerField()),
            bases=("shop.author",),
        ),
    )  # fmt: skip
    assert filled(database, apps).fewer == {}
    assert len({row["author_id"] for row in rows(database, apps, "Profile")}) >= MANY
    assert len(rows(database, apps, "Poet")) >= MANY


def test_pairs_of_references(database: BaseDatabaseWrapper) -> None:
    """A table that links two others, each pair once, gets as many pairs as are asked for."""
    apps = created(
        database,
        model("Author", ("name", models.CharField(max_length=30))),
        model("Prize", ("name", models.CharField(max_length=30))),
        model("Won", ("author", foreign("Author")), ("prize", foreign("Prize")),
              unique_together={("author", "prize")}),
    )  # fmt: skip
    assert filled(database, apps).fewer == {}
    pairs = {(row["author_id"], row["prize_id"]) for row in rows(database, apps, "Won")}
    assert len(pairs) == MANY


def test_each_column_of_a_pair_is_distinct(database: BaseDatabaseWrapper) -> None:
    """Rows to measure a step with differ in both columns: one of them may be written with a constant."""
    texts: list[tuple[str, Any]] = [(name, models.CharField(max_length=20)) for name in ("word", "place")]
    apps = created(database, model("Note", *texts, unique_together={("word", "place")}))
    seeder = Seeder(database, 0)
    seeder.fill(apps, edge=False)
    seeder.multiply({"shop_note": apps.get_model("shop", "note")}, MANY, {})
    for column in ("word", "place"):
        assert len({row[column] for row in rows(database, apps, "Note")}) == MANY


def test_conditional_uniqueness(database: BaseDatabaseWrapper) -> None:
    """Where only some rows must be unique, the others are multiplied all the same."""
    constraint = models.UniqueConstraint(fields=["main"], condition=Q(main=True), name="one_main")
    apps = created(
        database,
        model(
            "Note", ("main", models.BooleanField()), ("n", models.IntegerField()), constraints=[constraint]
        ),
    )
    assert filled(database, apps).fewer == {}
    assert Counter(row["main"] for row in rows(database, apps, "Note"))[True] <= 1


def test_checks_hold_by_copying(database: BaseDatabaseWrapper) -> None:
    """A reference that a check speaks of is copied, not spread: no row follows itself."""
    constraint = models.CheckConstraint(condition=~Q(leader=F("follower")), name="not_oneself")
    apps = created(
        database,
        model("Author", ("name", models.CharField(max_length=30))),
        model("Follow", ("leader", foreign("Author", related_name="+")),
              ("follower", foreign("Author", related_name="+")), constraints=[constraint]),
    )  # fmt: skip
    coverage = filled(database, apps)
    assert "shop_follow" not in coverage.fewer or len(rows(database, apps, "Follow")) >= 6
    assert all(row["leader_id"] != row["follower_id"] for row in rows(database, apps, "Follow"))


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (models.BooleanField(unique=True), "value, which must be unique"),
        (models.CharField(max_length=2, unique=True), "value, which must be unique"),
        (models.CharField(max_length=9, unique=True, choices=[("a", "A"), ("b", "B")]), "must be unique"),
    ],
)
def test_a_table_that_cannot_have_more(database: BaseDatabaseWrapper, field: Any, said: str) -> None:
    """What must be unique and has few values stays as it is, and the coverage says why."""
    apps = created(database, model("Note", ("value", field)))
    before = Seeder(database, 0).fill(apps).inserted
    coverage = filled(database, apps)
    assert said in coverage.fewer["shop_note"]
    assert len(rows(database, apps, "Note")) == before


def test_trees_stay_as_they_are(database: BaseDatabaseWrapper) -> None:
    """Nodes have their places, which no copy could have; the coverage says so."""
    apps = created(
        database,
        model(
            "Node",
            ("path", models.CharField(max_length=255, unique=True)),
            ("depth", models.PositiveIntegerField()),
            ("numchild", models.PositiveIntegerField()),
        ),
    )
    coverage = filled(database, apps)
    assert list(coverage.fewer) == ["shop_node"]
    assert len(rows(database, apps, "Node")) < MANY


def test_new_rows_come_beside_many(database: BaseDatabaseWrapper) -> None:
    """A new release's rows find room where every row of a one-to-one column is taken."""
    apps = created(
        database,
        model("Author", ("name", models.CharField(max_length=30))),
        model("Profile", ("author", models.OneToOneField("shop.Author", on_delete=models.CASCADE))),
    )
    seeder = Seeder(database, 0, many=3000)
    seeder.fill(apps, many=True)
    written = seeder.insert_new(apps, ["shop_profile"])
    assert written.unwritten == {}
    assert written.keys["shop_profile"]
