"""Trees and other tables that libraries trust: valid as the library would have made them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed.seeder import Seeder

from ..support import content_types, created, model, rows

PATHS: list[tuple[str, Any]] = [
    ("path", models.CharField(max_length=255, unique=True)),
    ("depth", models.PositiveIntegerField()),
    ("numchild", models.PositiveIntegerField(default=0)),
]


def test_materialized_paths(database: BaseDatabaseWrapper) -> None:
    """Every node has a parent that counts it, the depth of its path and a parent key that agrees."""
    parent: Any = models.ForeignKey("shop.Category", models.CASCADE, null=True)
    apps = created(database, model("Category", *PATHS, ("parent", parent)))
    seeder = Seeder(database, 0)
    seeder.fill(apps)
    seeder.insert_new(apps, ["shop_category"])
    nodes = rows(database, apps, "Category")
    keys = {node["path"]: node["id"] for node in nodes}
    children = Counter(node["path"][:-4] for node in nodes)
    assert len(nodes) == 13
    for node in nodes:
        assert len(node["path"]) == 4 * node["depth"]
        assert node["numchild"] == children[node["path"]]
        assert node["parent_id"] == keys.get(node["path"][:-4])


def test_pages(database: BaseDatabaseWrapper) -> None:
    """Every page has an address of its own, which is its parent's and its slug."""
    title: tuple[str, Any] = ("title", models.CharField(max_length=90))
    slug: tuple[str, Any] = ("slug", models.CharField(max_length=90))
    apps = created(database, model("Page", *PATHS, title, slug, ("url_path", models.TextField())))
    seeder = Seeder(database, 0)
    seeder.fill(apps, edge=False)
    seeder.fill(apps)
    pages = rows(database, apps, "Page")
    addresses = {page["path"]: page["url_path"] for page in pages}
    assert len(set(addresses.values())) == len(pages) == 7
    assert len({page["title"] for page in pages}) == 6
    for page in pages[1:]:
        assert page["url_path"] == f"{addresses[page['path'][:-4]]}{page['slug']}/"


def test_mptt(database: BaseDatabaseWrapper) -> None:
    """Left and right of each tree are all different, enclose the children, and level and parent agree."""
    numbers: list[tuple[str, Any]] = [
        (name, models.PositiveIntegerField()) for name in ("lft", "rght", "tree_id", "level")
    ]
    parent: Any = models.ForeignKey("shop.Genre", models.CASCADE, null=True)
    apps = created(database, model("Genre", *numbers, ("parent", parent)))
    seeder = Seeder(database, 0)
    seeder.fill(apps, edge=False)
    seeder.fill(apps)
    nodes = rows(database, apps, "Genre")
    assert len({node["tree_id"] for node in nodes}) == 2
    by_key = {node["id"]: node for node in nodes}
    for node in nodes:
        above = by_key.get(node["parent_id"])
        assert node["level"] == (0 if above is None else 1)
        assert above is None or above["lft"] < node["lft"] < node["rght"] < above["rght"]
    ends = [(node["tree_id"], node[side]) for node in nodes for side in ("lft", "rght")]
    assert len(set(ends)) == len(ends)


def test_nested_sets(database: BaseDatabaseWrapper) -> None:
    """Each batch is a tree of its own with one root."""
    numbers: list[tuple[str, Any]] = [
        (name, models.PositiveIntegerField()) for name in ("lft", "rgt", "tree_id", "depth")
    ]
    apps = created(database, model("Menu", *numbers))
    Seeder(database, 0).fill(apps)
    nodes = rows(database, apps, "Menu")
    root, *others = nodes
    assert (root["lft"], root["rgt"], root["depth"]) == (1, 14, 1)
    assert {node["depth"] for node in others} == {2}


def test_image_has_its_size(sqlite: BaseDatabaseWrapper) -> None:
    """A row with an image can be loaded: its size is there, so nobody opens the file."""
    image = models.ImageField(width_field="width", height_field="height", upload_to="x")
    sizes: list[tuple[str, Any]] = [(name, models.IntegerField(null=True)) for name in ("width", "height")]
    apps = created(sqlite, model("Photo", ("image", image), *sizes))
    seeder = Seeder(sqlite, 0)
    seeder.fill(apps)
    seeder.insert_new(apps, ["shop_photo"])
    loaded: Any = models.QuerySet(model=apps.get_model("shop", "Photo"), using=sqlite.alias)
    assert len(list(loaded)) == 13


def test_row_names_its_own_type(sqlite: BaseDatabaseWrapper) -> None:
    """A row of an inherited table says in ``polymorphic_ctype`` which model it is one of."""
    kind: Any = models.ForeignKey("contenttypes.ContentType", models.CASCADE, null=True)
    link: Any = models.OneToOneField("shop.Animal", models.CASCADE, parent_link=True, primary_key=True)
    apps = created(
        sqlite,
        content_types(),
        model("Animal", ("polymorphic_ctype", kind)),
        model("Dog", ("animal_ptr", link), bases=("shop.animal",)),
    )
    Seeder(sqlite, 0).fill(apps)
    types: Any = models.QuerySet(model=apps.get_model("contenttypes", "ContentType"), using=sqlite.alias)
    named = dict(types.values_list("id", "model"))
    dogs = {row["animal_ptr_id"] for row in rows(sqlite, apps, "Dog")}
    for animal in rows(sqlite, apps, "Animal"):
        assert named[animal["polymorphic_ctype_id"]] == ("dog" if animal["id"] in dogs else "animal")
