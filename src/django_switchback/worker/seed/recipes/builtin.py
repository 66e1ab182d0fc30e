"""The recipes that come with the product."""

from __future__ import annotations

from django_switchback.worker.seed.recipes import libraries
from django_switchback.worker.seed.recipes.django_tables import ContentTypes, Permissions
from django_switchback.worker.seed.recipes.interface import Recipe
from django_switchback.worker.seed.recipes.trees import MaterializedPaths, NestedSets, PreorderTrees

BUILTIN_RECIPES: tuple[Recipe, ...] = (
    ContentTypes(),
    Permissions(),
    MaterializedPaths(),
    NestedSets(),
    PreorderTrees(),
    *libraries.LIBRARY_RECIPES,
)
"""In the order in which they are asked: a page's address follows from its place in the tree."""
