"""The builtin recipes."""

from __future__ import annotations

from django_switchback.worker.seed.recipes import libraries
from django_switchback.worker.seed.recipes.django_tables import ContentTypes, Permissions, Sites
from django_switchback.worker.seed.recipes.interface import Recipe
from django_switchback.worker.seed.recipes.trees import MaterializedPaths, NestedSets, PreorderTrees

BUILTIN_RECIPES: tuple[Recipe, ...] = (
    ContentTypes(),
    Permissions(),
    Sites(),
    MaterializedPaths(),
    NestedSets(),
    PreorderTrees(),
    *libraries.LIBRARY_RECIPES,
)
"""In order of application: a page's URL depends on its place in the tree."""
