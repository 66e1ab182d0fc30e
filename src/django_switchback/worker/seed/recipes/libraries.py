"""Recipes for libraries that assume consistent rows: images, polymorphic models, Wagtail."""

from __future__ import annotations

import json

from django.conf import settings
from django.db import models

from django_switchback.worker.seed.interface import Model, ModelRowValues, referred_model
from django_switchback.worker.seed.recipes.interface import Recipe, field_names
from django_switchback.worker.seed.references.generic_foreign_keys import (
    generic_foreign_keys,
    is_content_type,
)
from django_switchback.worker.seed.tables import SeedContext


class Images(Recipe):
    """Sets the width and height of an image that has a file; without them, Django opens the file on load."""

    copyable = True

    def claims(self, model: Model) -> bool:
        return bool(_sizes(model))

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        for file, names in _sizes(model):
            for row in rows:
                if row.get(file):
                    row |= {name: 640 for name in names if not row.get(name) or row[name] < 0}


def _sizes(model: Model) -> list[tuple[str, tuple[str, ...]]]:
    sizes = []
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.ImageField):
            declared = (getattr(field, "width_field", None), getattr(field, "height_field", None))
            names = tuple(name for name in declared if name)
            sizes += [(field.attname, names)] if names else []
    return sizes


class LeafTypes(Recipe):
    """Sets the content type of a row of an inherited table to its leaf model (Wagtail, polymorphic)."""

    _NAMES = ("content_type", "polymorphic_ctype")

    def claims(self, model: Model) -> bool:
        return bool(self._types(model))

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        key = context.content_types().get(leaf._meta.label_lower)
        for row in rows if key is not None else ():
            row |= dict.fromkeys(self._types(model), key)

    def _types(self, model: Model) -> list[str]:
        paired = {name for generic in generic_foreign_keys(model) for name in generic.types}
        return [
            field.attname
            for field in model._meta.local_concrete_fields
            if field.name in self._NAMES
            and is_content_type(referred_model(field))
            and field.attname not in paired
            if _inherited(model) or field.name != "content_type"
        ]


def _inherited(model: Model) -> bool:
    """Return whether other tables inherit from that of ``model``, or are expected to."""
    links = (getattr(relation, "parent_link", False) for relation in model._meta.related_objects)
    return "url_path" in field_names(model) or any(links)


class WagtailPages(Recipe):
    """Sets a page's URL to its parent's URL and a unique slug.

    The page has its parent's locale and no revision.
    """

    _NONE = ("latest_revision_id", "live_revision_id", "alias_of_id", "locked_by_id")

    def claims(self, model: Model) -> bool:
        return {"path", "depth", "url_path", "slug"} <= field_names(model)

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        local = "locale_id" if "locale" in field_names(model) else "slug"
        above = {path: (url, locale) for path, url, locale in context.rows(model, "path", "url_path", local)}
        for row in rows:
            row["slug"] = row["slug"] or f"page-{row['path'].lower()}"
            parent = max((path for path in above if row["path"].startswith(path)), key=len, default=None)
            url, locale = ("", None) if parent is None else above[parent]
            row["url_path"] = "/" if parent is None else f"{url}{row['slug']}/"
            if parent is not None and row["url_path"] in {address for address, _ in above.values()}:
                row["slug"] = f"page-{row['path'].lower()}"
                row["url_path"] = f"{url}{row['slug']}/"
            if local == "locale_id":
                row["locale_id"] = row["locale_id"] if locale is None else locale
            above[row["path"]] = (row["url_path"], row.get("locale_id"))
            row |= {name: None for name in self._NONE if name in row}


class WagtailLocales(Recipe):
    """Creates the locales of ``WAGTAIL_CONTENT_LANGUAGES``; Wagtail creates the first one itself."""

    library_owned = True

    def claims(self, model: Model) -> bool:
        return model._meta.label_lower == "wagtailcore.locale"

    def count(self, context: SeedContext, model: Model) -> int | None:
        return len(_languages())

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        if not context.counts[model._meta.db_table]:
            for row, language in zip(rows, _languages(), strict=False):
                row["language_code"] = language


def _languages() -> list[str]:
    languages = getattr(settings, "WAGTAIL_CONTENT_LANGUAGES", None) or [(settings.LANGUAGE_CODE, "")]
    return [code.split("-")[0] if len(languages) == 1 else code for code, _ in languages]


class WagtailSites(Recipe):
    """Marks at most one site as the default site."""

    def claims(self, model: Model) -> bool:
        return {"hostname", "port", "is_default_site"} <= field_names(model)

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        free = not any(default for (default,) in context.rows(model, "is_default_site"))
        for index, row in enumerate(rows):
            row["is_default_site"] = free and index == 0


class WagtailRevisions(Recipe):
    """Stores the page as JSON in its revision; migrations read its key and content type from there."""

    def claims(self, model: Model) -> bool:
        return model._meta.label_lower in ("wagtailcore.revision", "wagtailcore.pagerevision")

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:
        page_type = context.content_types().get("wagtailcore.page")
        for index, row in enumerate(rows):
            page = {
                "pk": row.get("page_id", row.get("object_id")),
                "content_type": row.get("content_type_id") or page_type,
                "title": f"Revised {index}",
                "slug": f"revised-{index}",
                "live": True,
            }
            row |= {"content": page} if "content" in row else {"content_json": json.dumps(page)}


_WAGTAIL = (WagtailPages(), WagtailLocales(), WagtailRevisions(), WagtailSites())
LIBRARY_RECIPES: tuple[Recipe, ...] = (Images(), LeafTypes(), *_WAGTAIL)
