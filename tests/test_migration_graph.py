"""Which migration plain Django is given to roll another one back, from the graph."""

from __future__ import annotations

import random

import pytest
from django.db.migrations import Migration
from django.db.migrations.graph import MigrationGraph

from django_switchback.evidence import MigrationName, previous_migration

PLACES = {
    "a chain": ({"a": "", "b": "a", "c": "b"}, "c", "b"),
    "the first": ({"a": "", "b": "a"}, "a", None),
    "one that is not in the graph": ({"a": ""}, "x", None),
    "a parent of another app alone": ({"b": "other.a"}, "b", None),
    "a plain merge": ({"a": "", "b": "", "c": "a b"}, "c", "b"),
    "a branch that goes on from one parent": ({"a": "", "b": "", "b2": "b", "m": "a b"}, "m", "a"),
    "a parent that is the other's parent": ({"a": "", "z": "a", "m": "a z", "n": "m"}, "m", "z"),
    "as many branches from each, one longer": (
        {"a": "", "b": "", "a2": "a", "b2": "b", "b3": "b2", "m": "a b"},
        "m",
        "a",
    ),
    "a dependent of another app": ({"a": "", "b": "", "b2": "b", "other.x": "a", "m": "a b"}, "m", "a"),
    "a branch that another app needs": (
        {"a": "", "b": "", "a2": "a", "other.x": "a2", "b2": "b", "m": "a b"},
        "m",
        "b",
    ),
}


def name(text: str) -> MigrationName:
    """Return the identity of ``app.name``, or of a migration of the app in question."""
    app, _, own = text.rpartition(".")
    return MigrationName(app or "blog", own)


def graph(described: dict[str, str]) -> dict[MigrationName, tuple[MigrationName, ...]]:
    """Return the parents of each migration."""
    return {name(key): tuple(map(name, parents.split())) for key, parents in described.items()}


@pytest.mark.parametrize(("described", "asked", "expected"), PLACES.values(), ids=PLACES)
def test_one_answer(described: dict[str, str], asked: str, expected: str | None) -> None:
    """The parent in the app; of a merge the one with which Django rolls back the fewest others."""
    found = previous_migration(name(asked), graph(described))
    assert found == (None if expected is None else name(expected))


def rolled_back(django: MigrationGraph, place: tuple[str, str]) -> set[tuple[str, str]]:
    """Return what ``MigrationExecutor.migration_plan`` rolls back to get to ``place``, all being applied."""
    children = (child.key for child in django.node_map[place].children if child.key[0] == place[0])
    return {key for child in children for key in django.backwards_plan(child)}


@pytest.mark.parametrize("seed", range(20))
def test_no_parent_rolls_back_less(seed: int) -> None:
    """On graphs of any shape, Django's own backwards plan from another parent is no smaller."""
    chance = random.Random(seed)
    names = [MigrationName(chance.choice("ab"), f"{number:02}") for number in range(12)]
    parents = {
        child: tuple(chance.sample(names[:number], min(number, chance.randint(0, 3))))
        for number, child in enumerate(names)
    }
    django = MigrationGraph()
    for migration in names:
        django.add_node((migration.app, migration.name), Migration(migration.name, migration.app))
    for child, needed in parents.items():
        for parent in needed:
            django.add_dependency(None, (child.app, child.name), (parent.app, parent.name))
    for migration in names:
        found = previous_migration(migration, parents)
        own = [parent for parent in parents[migration] if parent.app == migration.app]
        sizes = {parent: len(rolled_back(django, (parent.app, parent.name))) for parent in own}
        assert (found is None) is (not own)
        assert found is None or sizes[found] == min(sizes.values())
