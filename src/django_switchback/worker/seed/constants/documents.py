"""Builds JSON documents with the keys that a migration's code reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Any, NamedTuple, TypeAlias

from django.db import models

from django_switchback.worker.seed.constants.interface import FIRST_ITEM, Condition, MigrationConstants
from django_switchback.worker.seed.constants.values import LOOKUPS, matching_value
from django_switchback.worker.seed.interface import Field, Model
from django_switchback.worker.seed.model_fields import field_named
from django_switchback.worker.seed.values import words
from django_switchback.worker.seed.values.text_formats import TextFormat

_UNKNOWN = "value"
"""What stands for a value within JSON that the code only moves."""


class KeyPath(NamedTuple):
    """The keys that lead to one value of a document, and the constants that it is compared with."""

    keys: tuple[str, ...]
    values: tuple[Any, ...]


KeysByColumn: TypeAlias = Mapping[tuple[str, str], tuple[KeyPath, ...]]
"""What code reads of the documents in each column, by table and column."""

_LEAVES: Mapping[str, Callable[[Random, int], Any]] = {
    "texts": words.slug,
    "numbers": lambda rng, number: number + 1,
    "objects": lambda rng, number: {},
    "lists": lambda rng, number: [],
}


def keys_by_column(constants: MigrationConstants, models_by_table: Mapping[str, Model]) -> KeysByColumn:
    """Return the keys that the code reads of JSON."""
    by_label = {model._meta.label_lower: model for model in models_by_table.values()}
    found: dict[tuple[str, str], dict[str, KeyPath]] = {}
    for choice in (*constants.chosen, *constants.read):
        model = by_label.get(choice.owner.lower())
        for condition in choice.conditions if model is not None else ():
            field, path = _key_path(model, condition)
            if field is not None and path.keys and is_document(field, list(path.keys)):
                place = field.model._meta.db_table, str(field.column)
                found.setdefault(place, {})[repr(path)] = path
    return {place: _consistent(tuple(paths.values())) for place, paths in found.items()}


def _key_path(model: Model | None, condition: Condition) -> tuple[Field | None, KeyPath]:
    name, *rest = condition.path.split("__")
    field: Any = None if model is None else field_named(model, name)
    while field is not None and field.is_relation and rest:
        name, *rest = rest
        field = field_named(field.related_model, name) if field.related_model else None
    if field is None or not field.concrete:
        return None, KeyPath((), ())
    lookup = rest.pop() if rest and rest[-1] in LOOKUPS else "exact"
    if lookup == "has_key":
        return field, KeyPath((*rest, *map(str, condition.values[:1])), ())
    values = (matching_value(lookup, value, field) for value in condition.values)
    return field, KeyPath(tuple(rest), tuple(value for value in values if value is not None))


def _consistent(paths: tuple[KeyPath, ...]) -> tuple[KeyPath, ...]:
    """Return ``paths``, shorter ones first; those through items of a list exclude those through keys."""
    lists = {path.keys[:place] for path in paths for place, key in enumerate(path.keys) if key == FIRST_ITEM}
    kept = [
        path
        for path in paths
        if all(path.keys[:place] not in lists or key == FIRST_ITEM for place, key in enumerate(path.keys))
    ]
    return tuple(sorted(kept, key=lambda path: len(path.keys)))


def document_formats(field: Field, paths: tuple[KeyPath, ...]) -> tuple[TextFormat, ...]:
    """Return documents with these keys, each with values of another type."""
    return tuple(
        TextFormat(f"the keys of its code with {name}", typed=False, make=partial(_made, field, paths, leaf))
        for name, leaf in (_LEAVES.items() if paths else ())
    )


def _made(
    field: Field, paths: tuple[KeyPath, ...], leaf: Callable[[Random, int], Any], rng: Random, number: int
) -> Any:
    made: Any = None
    for path in paths:
        value = path.values[number % len(path.values)] if path.values else leaf(rng, number)
        made = document(list(path.keys), value, made)
    return made if isinstance(field, models.JSONField) else json.dumps(made)


def is_document(field: Field, keys: list[str]) -> bool:
    """Return whether ``field`` may hold JSON with a value at the end of ``keys``.

    What the code loops over may be a list or the keys of an object; the default of the field tells, or
    further keys do.
    """
    default = field.get_default() if isinstance(field, models.JSONField) else None
    if keys[0] == FIRST_ITEM and isinstance(default, dict):
        return False
    if keys[-1] == FIRST_ITEM and not (len(keys) == 1 and isinstance(default, list)):
        return False
    return isinstance(field, models.JSONField | models.CharField | models.TextField)


def document(keys: list[str], constant: Any, earlier: Any) -> Any:
    """Return ``earlier``, JSON, with ``constant`` at the end of ``keys``."""
    if not keys:
        return constant if constant is not None else earlier or _UNKNOWN
    key, *rest = keys
    if key == FIRST_ITEM:
        items = earlier if isinstance(earlier, list) and earlier else [None]
        return [document(rest, constant, items[0]), *items[1:]]
    changed: dict[str, Any] = dict(earlier) if isinstance(earlier, dict) else {}
    return changed | {key: document(rest, constant, changed.get(key))}
