"""Recipes: how rows of certain libraries are made valid, as the library itself would have written them."""

from __future__ import annotations

from typing import Any

from django_switchback.worker.seed.interface import Model, ModelRowValues
from django_switchback.worker.seed.tables import SeedContext


class Recipe:
    """What is known of the rows of some models. The methods that are not overridden change nothing."""

    library_owned = False
    """True where the library keeps the table itself: rows that are there are never added to."""
    copyable = False
    """True where a copy of a row is as valid as the row: it has no place among others that is its own."""

    def claims(self, model: Model) -> bool:
        """Whether the recipe is for ``model``."""
        raise NotImplementedError

    def empty_reason(self, model: Model) -> str:
        """Why the table must have no rows at all; nothing where it may."""
        return ""

    def count(self, context: SeedContext, model: Model) -> int | None:
        """How many rows the empty table shall get; ``None``: as many as any other."""
        return None

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        """Change the drafted ``rows`` in place; ``leaf`` is ``model`` or the one that inherits from it."""

    def finish(self, context: SeedContext, model: Model, rows: list[ModelRowValues], keys: list[Any]) -> None:
        """Bring other rows in line with the rows just inserted."""


def recipes_for(model: Model, recipes: tuple[Recipe, ...]) -> tuple[Recipe, ...]:
    """Return the recipes that claim ``model``, in their order."""
    return tuple(recipe for recipe in recipes if recipe.claims(model))


def empty_reason(model: Model, recipes: tuple[Recipe, ...]) -> str:
    """Return why the table of ``model`` must have no rows; nothing where it may."""
    return next(filter(None, (recipe.empty_reason(model) for recipe in recipes_for(model, recipes))), "")


def field_names(model: Model) -> frozenset[str]:
    """Return the names of the fields of the model's own table."""
    return frozenset(field.name for field in model._meta.local_concrete_fields)
