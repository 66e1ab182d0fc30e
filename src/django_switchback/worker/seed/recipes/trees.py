"""Recipes for trees: treebeard and mptt columns of inserted rows and of their parents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.apps import apps as live
from django.db.models import QuerySet

from django_switchback.worker.seed.interface import Model, ModelRowValues, RowAt, referred_model
from django_switchback.worker.seed.recipes.interface import Recipe, field_names
from django_switchback.worker.seed.tables import SeedContext

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_STEP = 4


class MaterializedPaths(Recipe):
    """Trees of treebeard's ``MP_Node``: ``path`` (``steplen`` letters a level), ``depth``, ``numchild``."""

    def claims(self, model: Model) -> bool:
        return {"path", "depth", "numchild"} <= field_names(model)

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        step, alphabet = _declared(model)
        nodes = {path: key for path, key in context.rows(model, "path", "pk") if path}
        above = _above(list(nodes), step)
        first = _last_step([path for path in nodes if path[:-step] == above], step, alphabet) + 1
        upper = _self_reference(model)
        for index, row in enumerate(rows):
            if not above and index == 0:
                path, parent = _path("", first, step, alphabet), None
            elif not above:
                path, parent = _path(rows[0]["path"], index, step, alphabet), RowAt(0)
            else:
                path, parent = _path(above, first + index, step, alphabet), nodes[above]
            row |= {"path": path, "depth": len(path) // step, "numchild": 0}
            if upper is not None and upper in row:
                row[upper] = parent

    def finish(self, context: SeedContext, model: Model, rows: list[ModelRowValues], keys: list[Any]) -> None:
        step, _ = _declared(model)
        nodes = context.rows(model, "path", "numchild", "pk")
        children = Counter(path[:-step] for path, _, _ in nodes)
        paths = {row["path"] for row in rows} | {row["path"][:-step] for row in rows}
        for path, number, key in nodes:
            if path in paths and number != children[path]:
                _all(context, model).filter(pk=key).update(numchild=children[path])


class NestedSets(Recipe):
    """Trees of treebeard's ``NS_Node``: each batch is a tree of one root and its children."""

    def claims(self, model: Model) -> bool:
        return {"lft", "rgt", "tree_id", "depth"} <= field_names(model)

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        _nest(context, model, rows, right="rgt", level="depth", top=1)


class PreorderTrees(Recipe):
    """Trees of mptt: nested sets that have a parent column as well."""

    def claims(self, model: Model) -> bool:
        return {"lft", "rght", "tree_id", "level"} <= field_names(model)

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        _nest(context, model, rows, right="rght", level="level", top=0)
        upper = _self_reference(model)
        for index, row in enumerate(rows):
            if upper is not None and upper in row:
                row[upper] = RowAt(0) if index else None


def _nest(
    context: SeedContext, model: Model, rows: list[ModelRowValues], *, right: str, level: str, top: int
) -> None:
    trees = [tree for (tree,) in context.rows(model, "tree_id") if tree is not None]
    tree = max(trees, default=0) + 1
    for index, row in enumerate(rows):
        place = (
            {"lft": 2 * index, right: 2 * index + 1, level: top + 1}
            if index
            else {"lft": 1, right: 2 * len(rows), level: top}
        )
        row |= {"tree_id": tree, **place}


def _all(context: SeedContext, model: Model) -> QuerySet[Any]:
    return QuerySet(model=model, using=context.connection.alias)


def _declared(model: Model) -> tuple[int, str]:
    """Return ``steplen`` and the alphabet of the live class; historical models do not keep them."""
    try:
        live_model = live.get_model(model._meta.label)
    except LookupError:
        return _STEP, _ALPHABET
    return getattr(live_model, "steplen", _STEP), getattr(live_model, "alphabet", _ALPHABET)


def _above(paths: Sequence[str], step: int) -> str:
    """Return the path of the parent for new nodes: the first child of a root, else the first root."""
    below = sorted(path for path in paths if len(path) == 2 * step)
    return next(iter(below or sorted(path for path in paths if len(path) == step)), "")


def _last_step(paths: list[str], step: int, alphabet: str) -> int:
    return max((_number(path[-step:], alphabet) for path in paths), default=0)


def _number(letters: str, alphabet: str) -> int:
    number = 0
    for letter in letters:
        number = number * len(alphabet) + max(0, alphabet.find(letter))
    return number


def _path(above: str, number: int, step: int, alphabet: str) -> str:
    letters = ""
    for _ in range(step):
        number, rest = divmod(number, len(alphabet))
        letters = alphabet[rest] + letters
    return above + letters


def _self_reference(model: Model) -> str | None:
    table = model._meta.db_table
    for field in model._meta.local_concrete_fields:
        target = referred_model(field)
        if target is not None and target._meta.db_table == table and "parent" in field.name:
            return field.attname
    return None
