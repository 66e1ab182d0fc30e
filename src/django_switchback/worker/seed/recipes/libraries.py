"""Recipes for libraries whose code trusts its rows: images, rows of several types, Wagtail's pages."""

from __future__ import annotations

import json

from django.conf import settings
from django.db import models

from django_switchback.worker.seed.generic import generic_foreign_keys, is_content_type
from django_switchback.worker.seed.interface import Model, ModelRowValues, referred_model
from django_switchback.worker.seed.recipes.interface import Recipe, field_names
from django_switchback.worker.seed.tables import SeedContext


class Images(Recipe):
    """An image with a file has its size beside it: loading one without it would open the file."""

    copyable = True

    def claims(self, model: Model) -> bool:  # noqa: D102
        return bool(_sizes(model))

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:  # noqa: D102
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
    """A row of an inherited table says in a content type which model it is one of (Wagtail, polymorphic)."""

    _NAMES = ("content_type", "polymorphic_ctype")

    def claims(self, model: Model) -> bool:  # noqa: D102
        return bool(self._types(model))

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:  # noqa: D102
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
    """Whether other tables inherit from that of ``model``, or can be expected to."""
    links = (getattr(relation, "parent_link", False) for relation in model._meta.related_objects)
    return "url_path" in field_names(model) or any(links)


class WagtailPages(Recipe):
    """A page's address is its parent's and its slug, and no other page has it.

    It has its parent's language and no revision yet.
    """

    _NONE = ("latest_revision_id", "live_revision_id", "alias_of_id", "locked_by_id")

    def claims(self, model: Model) -> bool:  # noqa: D102
        return {"path", "depth", "url_path", "slug"} <= field_names(model)

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:  # noqa: D102
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
    """The languages of the site are those that the settings name; one is there from the start."""

    library_owned = True

    def claims(self, model: Model) -> bool:  # noqa: D102
        return model._meta.label_lower == "wagtailcore.locale"

    def count(self, context: SeedContext, model: Model) -> int | None:  # noqa: D102
        return len(_languages())

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:  # noqa: D102
        if not context.counts[model._meta.db_table]:
            for row, language in zip(rows, _languages(), strict=False):
                row["language_code"] = language


def _languages() -> list[str]:
    languages = getattr(settings, "WAGTAIL_CONTENT_LANGUAGES", None) or [(settings.LANGUAGE_CODE, "")]
    return [code.split("-")[0] if len(languages) == 1 else code for code, _ in languages]


class WagtailSites(Recipe):
    """One site at the most is the default one."""

    def claims(self, model: Model) -> bool:  # noqa: D102
        return {"hostname", "port", "is_default_site"} <= field_names(model)

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:  # noqa: D102
        free = not any(default for (default,) in context.rows(model, "is_default_site"))
        for index, row in enumerate(rows):
            row["is_default_site"] = free and index == 0


class WagtailRevisions(Recipe):
    """A revision holds its page as JSON; migrations read the page's key and content type from there."""

    def claims(self, model: Model) -> bool:  # noqa: D102
        return model._meta.label_lower in ("wagtailcore.revision", "wagtailcore.pagerevision")

    def arrange(self, context: SeedContext, model: Model, leaf: Model, rows: list[ModelRowValues]) -> None:  # noqa: D102
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
