"""Recipes for the tables that Django keeps itself."""

from __future__ import annotations

from itertools import product

from django_switchback.worker.seed.generic import is_content_type
from django_switchback.worker.seed.interface import Model, ModelRowValues
from django_switchback.worker.seed.recipes.interface import Recipe
from django_switchback.worker.seed.tables import SeedContext

_ACTIONS = ("add", "change", "delete", "view")


class ContentTypes(Recipe):
    """``post_migrate`` puts in a row a model; where it never ran, we do."""

    kept = True

    def claims(self, model: Model) -> bool:  # noqa: D102
        return is_content_type(model)

    def count(self, bench: SeedContext, model: Model) -> int | None:  # noqa: D102
        return len(_ordinary(bench))

    def arrange(self, bench: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:  # noqa: D102
        if bench.counts[model._meta.db_table]:
            return
        for row, named in zip(rows, _ordinary(bench), strict=False):
            row["app_label"], row["model"] = named._meta.app_label, named._meta.model_name
            if "name" in row:
                row["name"] = str(named._meta.verbose_name_raw)[:100]


class Permissions(Recipe):
    """``post_migrate`` puts in four rows a model; where it never ran, we do."""

    kept = True

    def claims(self, model: Model) -> bool:  # noqa: D102
        return model._meta.label_lower == "auth.permission"

    def count(self, bench: SeedContext, model: Model) -> int | None:  # noqa: D102
        return len(_ACTIONS) * len(_typed(bench)) or None

    def arrange(self, bench: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:  # noqa: D102
        if bench.counts[model._meta.db_table]:
            return
        types = bench.content_types()
        for row, (named, action) in zip(rows, product(_typed(bench), _ACTIONS), strict=False):
            row["content_type_id"] = types[named._meta.label_lower]
            row["codename"] = f"{action}_{named._meta.model_name}"
            row["name"] = f"Can {action} {named._meta.verbose_name_raw}"[:50]


def _ordinary(bench: SeedContext) -> list[Model]:
    return [model for model in bench.models.values() if not model._meta.auto_created]


def _typed(bench: SeedContext) -> list[Model]:
    types = bench.content_types()
    return [model for model in _ordinary(bench) if model._meta.label_lower in types]
