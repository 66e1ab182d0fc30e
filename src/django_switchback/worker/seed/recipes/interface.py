"""The interface of recipes, which make rows of a library's models valid as the library writes them."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed.interface import Model, ModelRowValues
from django_switchback.worker.seed.tables import SeedContext


class Recipe:
    """Adjusts the rows of the models it claims. The default methods change nothing."""

    library_owned = False
    """True if the library maintains the table itself: existing rows are never added to."""
    copyable = False
    """True if copies of a row are valid: the row has no unique place among others, as in a tree."""

    def claims(self, model: Model) -> bool:
        """Return whether the recipe applies to ``model``."""
        raise NotImplementedError

    def empty_reason(self, model: Model) -> str:
        """Return the reason why the table must stay empty; an empty string if it may have rows."""
        return ""

    def prepare(self, connection: BaseDatabaseWrapper, model: Model) -> None:
        """Change rows that are there before any row is made."""

    def count(self, context: SeedContext, model: Model) -> int | None:
        """Return the number of rows for the empty table; ``None`` for the default number."""
        return None

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        """Change the drafted ``rows`` in place; ``leaf`` is ``model`` or the model that inherits from it."""

    def finish(self, context: SeedContext, model: Model, rows: list[ModelRowValues], keys: list[Any]) -> None:
        """Update other rows to match the inserted rows."""


def recipes_for(model: Model, recipes: tuple[Recipe, ...]) -> tuple[Recipe, ...]:
    """Return the recipes that claim ``model``, in order of application."""
    return tuple(recipe for recipe in recipes if recipe.claims(model))


def empty_reason(model: Model, recipes: tuple[Recipe, ...]) -> str:
    """Return the reason why the table of ``model`` must stay empty; an empty string if it may have rows."""
    return next(filter(None, (recipe.empty_reason(model) for recipe in recipes_for(model, recipes))), "")


def is_library_owned(model: Model, recipes: tuple[Recipe, ...]) -> bool:
    """Return whether a library maintains the table of ``model``: rows that are there are left alone."""
    return any(recipe.library_owned for recipe in recipes_for(model, recipes))


def field_names(model: Model) -> frozenset[str]:
    """Return the names of the fields of the model's own table."""
    return frozenset(field.name for field in model._meta.local_concrete_fields)
