"""Rows in every table: enough, valid, the same again."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ProjectState
from django.db.models import F, Q

from django_switchback.worker.seed.constants.migration import constants_of_operations
from django_switchback.worker.seed.interface import RowRequest, SeedCoverage
from django_switchback.worker.seed.references.referred_keys import ReferencedKeys
from django_switchback.worker.seed.seeder import Seeder

from .support import content_types, created, dropped, model, rows


def foreign(to: str, **options: Any) -> Any:
    """Return a foreign key to a model of the test's app."""
    return models.ForeignKey(f"shop.{to}", on_delete=models.CASCADE, **options)


def test_nothing_to_fill(sqlite: BaseDatabaseWrapper) -> None:
    """No tables: nothing is done, and nothing is said to be covered."""
    coverage = Seeder(sqlite, 0).fill(created(sqlite))
    assert (coverage.tables, coverage.seeded, coverage.inserted, coverage.empty) == (0, 0, 0, {})


def test_typical_and_edge_rows(database: BaseDatabaseWrapper) -> None:
    """Three typical rows with each nullable column null and filled; edge rows only when asked for."""
    apps = created(
        database,
        model("Note", ("title", models.CharField(max_length=30)), ("text", models.TextField(null=True)),
              ("at", models.DateTimeField(null=True))),
    )  # fmt: skip
    seeder = Seeder(database, 0)
    assert seeder.fill(apps, edge=False).inserted == 3
    typical = rows(database, apps, "Note")
    assert len({row["title"] for row in typical}) == 3
    for column in ("text", "at"):
        assert {row[column] is None for row in typical} == {True, False}
    assert seeder.fill(apps, edge=True).inserted == 4
    low, high, odd, twin = rows(database, apps, "Note")[3:]
    assert (low["title"], low["text"], low["at"]) == ("", None, None)
    assert len(high["title"]) == 30
    assert any(ord(letter) > 0xFFFF for letter in odd["title"])
    assert {**twin, "id": 1} == typical[0]
    assert seeder.fill(apps).inserted == 0


def test_one_row_takes_a_flag_that_only_one_may_have(database: BaseDatabaseWrapper) -> None:
    """The rows that would have it too do without it, and keep the rest of what they are."""
    only = models.UniqueConstraint(fields=["main"], condition=Q(main=True), name="only_one")
    name: tuple[str, Any] = ("name", models.CharField(max_length=90))
    apps = created(database, model("Address", name, ("main", models.BooleanField()), constraints=[only]))
    assert Seeder(database, 0).fill(apps).inserted == 7
    made = rows(database, apps, "Address")
    assert [row["main"] for row in made].count(True) == 1
    assert [len(row["name"]) for row in made].count(90) == 1


def test_rows_that_are_there_stay(database: BaseDatabaseWrapper) -> None:
    """A row that a migration made is left as it is, and typical rows come beside it."""
    apps = created(database, model("Note", ("title", models.CharField(max_length=30))))
    note = apps.get_model("shop", "Note")
    models.QuerySet(model=note, using=database.alias).create(title="made by a migration")
    coverage = Seeder(database, 0).fill(apps, edge=False)
    assert coverage.inserted == 3
    assert rows(database, apps, "Note")[0]["title"] == "made by a migration"


@pytest.mark.parametrize("seed", [0, 7])
def test_same_seed_same_rows(seed: int, database: BaseDatabaseWrapper) -> None:
    """A second seeder with the same seed makes the same rows, one with another seed does not."""
    apps = created(
        database,
        model("Note", ("title", models.CharField(max_length=200)), ("place", models.FloatField()),
              ("code", models.UUIDField())),
    )  # fmt: skip
    made = []
    for number in (seed, seed, seed + 1):
        Seeder(database, number).fill(apps)
        made.append([{**row, "id": None} for row in rows(database, apps, "Note")])
        models.QuerySet(model=apps.get_model("shop", "Note"), using=database.alias).delete()
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_references(database: BaseDatabaseWrapper) -> None:
    """Foreign keys point at rows, some shared and some not; one-to-ones and pairs never repeat."""
    apps = created(
        database,
        model("Book", ("author", foreign("Author")), ("tags", models.ManyToManyField("shop.Tag"))),
        model("Author", ("name", models.CharField(max_length=20, unique=True))),
        model("Tag", ("slug", models.SlugField(unique=True))),
        model("Cover", ("book", models.OneToOneField("shop.Book", on_delete=models.CASCADE))),
        model(
            "Seat",
            ("row", foreign("Author")),
            ("column", foreign("Tag")),
            unique_together={("row", "column")},
        ),
    )
    coverage = Seeder(database, 0).fill(apps)
    assert coverage.empty == {}
    assert coverage.tables == 6
    assert 1 < len({row["author_id"] for row in rows(database, apps, "Book")}) < 7
    assert len({row["book_id"] for row in rows(database, apps, "Cover")}) == 7
    assert len({(row["row_id"], row["column_id"]) for row in rows(database, apps, "Seat")}) == 7
    assert len({(row["book_id"], row["tag_id"]) for row in rows(database, apps, "Book_tags")}) == 7


@pytest.mark.parametrize("null", [False, True])
def test_references_of_one_row_to_one_model_differ(null: bool, database: BaseDatabaseWrapper) -> None:
    """Exchanging the foreign keys of each typical row changes some of them, also where all are filled."""
    keys = ("author", "editor", "owner")
    fields = [(name, foreign("Person", null=null, related_name="+")) for name in keys]
    person = model("Person", ("name", models.CharField(max_length=30)))
    apps = created(database, person, model("Note", *fields))
    Seeder(database, 0).fill(apps, edge=False)
    pairs = combinations((f"{name}_id" for name in keys), 2)
    for first, second in pairs:
        found = [(row[first], row[second]) for row in rows(database, apps, "Note")]
        assert any(None not in both and both[0] != both[1] for both in found)


def test_rows_are_the_same_when_all_keys_are_asked_for(
    database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known of the rows that were just made spares queries, and changes no row."""
    states = (
        model("Author", ("name", models.CharField(max_length=20)), ("friend", foreign("Author", null=True))),
        model("Book", ("author", foreign("Author")), ("tags", models.ManyToManyField("shop.Author"))),
        model("Cover", ("book", models.OneToOneField("shop.Book", models.CASCADE, primary_key=True))),
        model("Note", ("cover", foreign("Cover")), ("book", foreign("Book"))),
    )
    made = []
    for learn in (ReferencedKeys.learn, lambda self, tag, _, **__: self.forget(tag)):
        monkeypatch.setattr(ReferencedKeys, "learn", learn)
        apps = created(database, *states)
        for edge in (False, True):
            Seeder(database, 0).fill(apps, edge=edge)
        names = ("Author", "Book", "Book_tags", "Cover", "Note")
        made.append([rows(database, apps, name) for name in names])
        dropped(database, apps, *states)
    assert made[0] == made[1]


def test_more_parents_are_made(database: BaseDatabaseWrapper) -> None:
    """A table that needs a free parent for each row gets new parents where none is left."""
    author = model("Author", ("name", models.CharField(max_length=20)))
    desk = model("Desk", ("owner", models.OneToOneField("shop.Author", on_delete=models.CASCADE)))
    apps = created(database, author, desk)
    models.QuerySet(model=apps.get_model("shop", "Author"), using=database.alias).bulk_create(
        [apps.get_model("shop", "Author")(name=str(number)) for number in range(7)]
    )
    seeder = Seeder(database, 0)
    seeder.fill(apps)
    assert len(rows(database, apps, "Author")) == 7
    inserter = seeder.inserters(apps)()
    assert inserter.insert_each(apps.get_model("shop", "Desk"), [RowRequest(50)]) == ""
    assert len(rows(database, apps, "Author")) == 8


def test_cycles(database: BaseDatabaseWrapper) -> None:
    """Tables that need each other, and a table that needs itself, are filled with rows that point at rows."""
    apps = created(
        database,
        model("Left", ("right", foreign("Right"))),
        model("Right", ("left", foreign("Left"))),
        model("Team", ("lead", foreign("Person", null=True))),
        model("Person", ("team", foreign("Team"))),
        model("Folder", ("parent", foreign("Folder", null=True))),
        model("Self", ("other", foreign("Self"))),
    )
    assert Seeder(database, 0).fill(apps).empty == {}
    keys = {row["id"] for row in rows(database, apps, "Right")}
    assert {row["right_id"] for row in rows(database, apps, "Left")} <= keys
    assert any(row["lead_id"] for row in rows(database, apps, "Team"))
    folders = [row["parent_id"] for row in rows(database, apps, "Folder")]
    assert None in folders
    assert any(folders)


def test_constraints(database: BaseDatabaseWrapper) -> None:
    """Check constraints and conditional uniqueness are met by every row."""
    simple = Q(price__gte=5, price__lt=9) & (Q(kind="a") | Q(kind="b", old__isnull=True))
    apps = created(
        database,
        model(
            "Price",
            ("price", models.IntegerField()),
            ("kind", models.CharField(max_length=9)),
            ("old", models.IntegerField(null=True)),
            ("start", models.DateField()),
            ("end", models.DateField()),
            ("current", models.BooleanField()),
            constraints=[
                models.CheckConstraint(condition=simple, name="simple"),
                models.CheckConstraint(condition=Q(start__lt=F("end")), name="order"),
                models.UniqueConstraint(fields=["current"], condition=Q(current=True), name="one"),
            ],
        ),
    )
    assert Seeder(database, 0).fill(apps).empty == {}
    made = rows(database, apps, "Price")
    assert len(made) >= 3
    assert sum(row["current"] for row in made) <= 1


def test_impossible_constraint_is_told(database: BaseDatabaseWrapper) -> None:
    """A table that cannot have rows is reported with the reason, and the others are filled."""
    never = models.CheckConstraint(condition=Q(size__gt=3) & Q(size__lt=3), name="never")
    apps = created(
        database,
        model("Box", ("size", models.IntegerField()), constraints=[never]),
        model("Lid", ("box", foreign("Box"))),
        model("Note", ("title", models.CharField(max_length=9))),
    )
    coverage = Seeder(database, 0).fill(apps)
    assert coverage.seeded == 1
    assert coverage.empty["shop_box"] == "no values were found that meet its check constraints"
    assert set(coverage.empty) == {"shop_box", "shop_lid"}


def test_inherited_tables(database: BaseDatabaseWrapper) -> None:
    """A row of a child table shares the key of a row of the parent's table that no other child has."""
    apps = created(
        database,
        model("Place", ("name", models.CharField(max_length=20))),
        model("Bar", ("beers", models.IntegerField()), _link("Place"), bases=("shop.place",)),
        model("Shop", ("goods", models.IntegerField()), _link("Place"), bases=("shop.place",)),
    )
    assert Seeder(database, 0).fill(apps).empty == {}
    bars = {row["place_ptr_id"] for row in rows(database, apps, "Bar")}
    shops = {row["place_ptr_id"] for row in rows(database, apps, "Shop")}
    assert (len(bars), len(shops), bars & shops) == (7, 7, set())
    assert bars | shops < {row["id"] for row in rows(database, apps, "Place")}


def _link(to: str) -> tuple[str, Any]:
    return (
        f"{to.lower()}_ptr",
        models.OneToOneField(
            f"shop.{to}", models.CASCADE, auto_created=True, parent_link=True, primary_key=True
        ),
    )


def test_generic_references(database: BaseDatabaseWrapper) -> None:
    """Content types are made for the models there, and a generic reference names an object that exists."""
    apps = created(
        database,
        content_types(),
        model("Note", ("title", models.CharField(max_length=9))),
        model(
            "Like",
            ("content_type", models.ForeignKey("contenttypes.ContentType", on_delete=models.CASCADE)),
            ("object_id", models.PositiveIntegerField()),
        ),
    )
    assert Seeder(database, 0).fill(apps).empty == {}
    types: Any = models.QuerySet(model=apps.get_model("contenttypes", "ContentType"), using=database.alias)
    named = {row["id"]: row["model"] for row in types.values()}
    assert set(named.values()) == {"note", "like", "contenttype"}
    for row in rows(database, apps, "Like"):
        pointed = rows(database, apps, named[row["content_type_id"]])
        assert row["object_id"] in {item["id"] for item in pointed}


def test_rows_refer_to_the_content_types_asked_for(sqlite: BaseDatabaseWrapper) -> None:
    """Rows are added until each content type asked for is referred to; other tables get none."""
    apps = created(
        sqlite,
        content_types(),
        *(model(name, ("title", models.CharField(max_length=9))) for name in ("Note", "Page", "Post", "Tag")),
        model(
            "Remark",
            ("kind", models.ForeignKey("contenttypes.ContentType", on_delete=models.CASCADE)),
            ("oid", models.PositiveIntegerField()),
        ),
    )
    seeder = Seeder(sqlite, 0)
    seeder.fill(apps, edge=False)
    wanted = ("shop.page", "shop.post", "shop.tag")
    assert seeder.fill(apps, edge=False, types=wanted).inserted in {2, 3}
    types: Any = models.QuerySet(model=apps.get_model("contenttypes", "ContentType"), using=sqlite.alias)
    named = {row["id"]: f"{row['app_label']}.{row['model']}" for row in types.values()}
    assert set(wanted) <= {named[row["kind_id"]] for row in rows(sqlite, apps, "Remark")}
    assert seeder.fill(apps, edge=False, types=wanted).inserted == 0


def test_no_reference_to_a_model_that_is_moving(sqlite: BaseDatabaseWrapper) -> None:
    """Of two models on one table, nobody knows which content type is in use: no row refers to either."""
    states = (
        content_types(),
        model("Old", ("title", models.CharField(max_length=9)), db_table="shared"),
        model(
            "Remark",
            ("content_type", models.ForeignKey("contenttypes.ContentType", on_delete=models.CASCADE)),
            ("object_id", models.PositiveIntegerField()),
        ),
    )
    created(sqlite, *states)
    moving = ProjectState()
    for state in (*states, model("New", ("title", models.CharField(max_length=9)), db_table="shared")):
        moving.add_model(state.clone())
    Seeder(sqlite, 0).fill(moving.apps)
    types: Any = models.QuerySet(
        model=moving.apps.get_model("contenttypes", "ContentType"), using=sqlite.alias
    )
    named = {row["id"]: row["model"] for row in types.values()}
    assert "old" in named.values()
    referred = {named[row["content_type_id"]] for row in rows(sqlite, moving.apps, "Remark")}
    assert referred
    assert referred <= {"contenttype", "remark"}


def test_database_gives_keys(postgresql: BaseDatabaseWrapper) -> None:
    """Sequences are where they must be: the next insert that leaves its key to the database goes in."""
    apps = created(postgresql, model("Note", ("title", models.CharField(max_length=9))))
    Seeder(postgresql, 0).fill(apps)
    notes: Any = models.QuerySet(model=apps.get_model("shop", "Note"), using=postgresql.alias)
    made = notes.create(title="next")
    assert made.pk == 8


def test_random_keys_are_the_same_again(postgresql: BaseDatabaseWrapper) -> None:
    """What orders the rows is not left to the database where its default is random."""
    key: Any = models.UUIDField(primary_key=True, db_default=RandomUUID())
    states = [model("Note", ("key", key)), model("Remark", ("note", foreign("Note")))]
    filled = []
    for _ in range(2):
        apps = created(postgresql, *states)
        Seeder(postgresql, 0).fill(apps)
        filled.append([rows(postgresql, apps, name) for name in ("Note", "Remark")])
        dropped(postgresql, apps, *states)
    assert filled[0] == filled[1]
    assert len(filled[0][0]) == 7


def test_tables_can_be_altered_afterwards(postgresql: BaseDatabaseWrapper) -> None:
    """No deferred constraint is left pending, even inside a transaction that goes on."""
    apps = created(postgresql, model("Book", ("author", foreign("Author"))), model("Author"))
    with transaction.atomic(using=postgresql.alias):
        Seeder(postgresql, 0).fill(apps)
        with postgresql.cursor() as cursor:
            cursor.execute("ALTER TABLE shop_book ADD COLUMN extra integer")


def test_new_column_gets_a_value(database: BaseDatabaseWrapper) -> None:
    """When a migration has added a nullable column, one more row fills it; no row is changed."""
    seeder = Seeder(database, 0)
    seeder.fill(created(database, model("Note", ("title", models.CharField(max_length=9)))))
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE shop_note ADD COLUMN rank integer")
    title: tuple[str, Any] = ("title", models.CharField(max_length=9))
    rank: tuple[str, Any] = ("rank", models.IntegerField(null=True))
    state = ProjectState()
    state.add_model(model("Note", title, rank))
    assert seeder.fill(state.apps).inserted == 1
    assert seeder.fill(state.apps).inserted == 0
    assert [row["rank"] is None for row in rows(database, state.apps, "Note")] == [True] * 7 + [False]


def test_missing_table_is_told(database: BaseDatabaseWrapper) -> None:
    """A table that the models have and the database has not is reported as such."""
    apps = created(database, model("Note", ("title", models.CharField(max_length=9))))
    with database.cursor() as cursor:
        cursor.execute("DROP TABLE shop_note")
    coverage: SeedCoverage = Seeder(database, 0).fill(apps)
    assert coverage.empty == {"shop_note": "the table is not in the database"}


def orders_in_states(apps: Any, schema_editor: Any) -> None:
    """Choose orders by constants: their own, their author's, their tags' and their document's."""
    orders = apps.get_model("shop", "Order").objects
    orders.filter(state="sent", author__name="Ada").delete()
    orders.filter(tags__name="old", address="nowhere").delete()
    order = orders.get(state="first")
    if order.data["kind"] == "a":
        order.delete()


def test_rows_that_a_migration_chooses(database: BaseDatabaseWrapper) -> None:
    """Each choice finds a row, once; a value that the field refuses is one of the edge rows."""
    name: tuple[str, Any] = ("name", models.CharField(max_length=20))
    apps = created(
        database,
        model("Author", name),
        model("Tag", name),
        model(
            "Order",
            ("state", models.CharField(max_length=9)),
            ("author", foreign("Author")),
            ("tags", models.ManyToManyField("shop.Tag")),
            ("address", models.EmailField()),
            ("data", models.JSONField(default=dict)),
        ),
    )
    constants = constants_of_operations([migrations.RunPython(orders_in_states)], database.vendor)
    seeder = Seeder(database, 0)
    orders: Any = apps.get_model("shop", "Order").objects.using(database.alias)
    seeder.fill(apps, edge=False, constants=constants)
    assert orders.filter(state="sent", author__name="Ada").count() == 1
    assert orders.get(state="first").data == {"kind": "a"}
    assert (orders.filter(tags__name="old").exists(), orders.filter(address="nowhere").exists()) == (
        True,
        False,
    )
    seeder.fill(apps, constants=constants)
    assert orders.filter(address="nowhere").count() == 1
    assert seeder.fill(apps, constants=constants).inserted == 0


def slots_of_each_order(apps: Any, schema_editor: Any) -> None:
    slots = apps.get_model("shop", "Slot").objects
    for order in apps.get_model("shop", "Order").objects.all():
        slots.filter(object_id=order.pk, name="content").update(name="body")


def test_rows_that_a_migration_reads_for_each_row_of_another_model(sqlite: BaseDatabaseWrapper) -> None:
    """Each refers to another row: code that expects one for each finds exactly one for some."""
    name: tuple[str, Any] = ("name", models.CharField(max_length=20))
    apps = created(sqlite, model("Order", name), model("Slot", name, ("object_id", models.IntegerField())))
    constants = constants_of_operations([migrations.RunPython(slots_of_each_order)], sqlite.vendor)
    Seeder(sqlite, 0).fill(apps, constants=constants)
    orders = [slot["object_id"] for slot in rows(sqlite, apps, "Slot") if slot["name"] == "content"]
    assert len(orders) == 3
    assert len({*orders}) == 3


def test_rows_meet_the_constraints_of_another_state_too(database: BaseDatabaseWrapper) -> None:
    """What a migration will make unique is distinct, what it checks is met, and what it demands is there."""
    plain: tuple[tuple[str, Any], ...] = (
        ("flag", models.BooleanField()),
        ("amount", models.IntegerField(null=True)),
        ("rank", models.IntegerField(default=0)),
        ("title", models.CharField(max_length=30)),
    )
    apps = created(database, model("Note", *plain))
    later = ProjectState()
    strict: dict[str, Any] = {
        "amount": models.IntegerField(),
        "rank": models.IntegerField(default=0, unique=True),
    }
    checked = models.CheckConstraint(condition=Q(title__startswith="kept"), name="kept_titles")
    elsewhere = models.CheckConstraint(condition=Q(unknown=1), name="of_a_new_column")
    fields = [(name, strict.get(name, field)) for name, field in plain]
    new: tuple[str, Any] = ("unknown", models.IntegerField(default=1))
    later.add_model(model("Note", *fields, new, constraints=[checked, elsewhere]))
    Seeder(database, 0).with_constraints_of(later.apps).fill(apps, edge=False)
    made = rows(database, apps, "Note")
    assert len(made) == 3
    assert len({row["rank"] for row in made}) == 3
    assert all(row["title"].startswith("kept") for row in made)
    assert all(row["amount"] is not None for row in made)
