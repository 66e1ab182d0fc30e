"""Recipes for the tables that Django maintains itself."""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from typing import Any

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from django_switchback.worker.seed.interface import Model, ModelRowValues
from django_switchback.worker.seed.recipes.interface import Recipe
from django_switchback.worker.seed.references.generic_foreign_keys import is_content_type, is_permission
from django_switchback.worker.seed.tables import SeedContext

_ACTIONS = ("add", "change", "delete", "view")


class ContentTypes(Recipe):
    """Creates one content type per model where ``post_migrate`` never ran."""

    library_owned = True

    def claims(self, model: Model) -> bool:
        return is_content_type(model)

    def count(self, context: SeedContext, model: Model) -> int | None:
        return len(_ordinary(context))

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        if context.counts[model._meta.db_table]:
            return
        for row, model_of_row in zip(rows, _ordinary(context), strict=False):
            row["app_label"], row["model"] = model_of_row._meta.app_label, model_of_row._meta.model_name
            if "name" in row:
                row["name"] = str(model_of_row._meta.verbose_name_raw)[:100]


class Permissions(Recipe):
    """Creates four permissions per model where ``post_migrate`` never ran."""

    library_owned = True

    def claims(self, model: Model) -> bool:
        return is_permission(model)

    def count(self, context: SeedContext, model: Model) -> int | None:
        return len(_ACTIONS) * len(_models_with_content_type(context)) or None

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        if context.counts[model._meta.db_table]:
            return
        types = context.content_types()
        for row, (model_of_row, action) in zip(
            rows, product(_models_with_content_type(context), _ACTIONS), strict=False
        ):
            row["content_type_id"] = types[model_of_row._meta.label_lower]
            row["codename"] = f"{action}_{model_of_row._meta.model_name}"
            row["name"] = f"Can {action} {model_of_row._meta.verbose_name_raw}"[:50]


class Sites(Recipe):
    """Gives the site that ``post_migrate`` makes another domain, as everybody does who uses it."""

    def claims(self, model: Model) -> bool:
        return model._meta.label_lower == "sites.site"

    def prepare(self, connection: BaseDatabaseWrapper, model: Model) -> None:
        rows: QuerySet[Any] = QuerySet(model=model, using=connection.alias)
        # NOTE: a project may have changed the table; what it refuses then is told by seeding.
        with suppress(Error), transaction.atomic(using=connection.alias):
            rows.filter(pk=1, domain="example.com", name="example.com").update(
                domain="www.example.org", name="Example"
            )


def _ordinary(context: SeedContext) -> list[Model]:
    return [model for model in context.models.values() if not model._meta.auto_created]


def _models_with_content_type(context: SeedContext) -> list[Model]:
    types = context.content_types()
    return [model for model in _ordinary(context) if model._meta.label_lower in types]
