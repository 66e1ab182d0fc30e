"""Compares two schemas: pure and sorted, with one difference per cause.

A sequence is an object of the schema; whether its position is behind its table is read by
``postgresql/read_sequences.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from django_switchback.evidence import Difference
from django_switchback.worker.snapshot.interface import CatalogueObject, ObjectKey, Schema

RENAMEABLE = frozenset({"constraint", "index", "sequence"})
"""Kinds whose names are not significant: an object equal but for its name counts as renamed."""

ObjectLikeness: TypeAlias = tuple[str, str | None, tuple[tuple[str, str | None], ...]]


def compare_schemas(before: Schema, after: Schema) -> tuple[Difference, ...]:
    """Return the differences between ``before`` and ``after``, sorted.

    Objects are matched by name. Of a table or view on one side only, its dependent objects are not listed. A
    sequence whose next value is now free is not a difference; a sequence whose next value is now used is.
    """
    missing = _leftovers(before, after)
    extra = _leftovers(after, before)
    renamed = tuple(_renamed(before, after, missing, extra))
    paired = {(item.kind, name) for item in renamed for name in (item.before, item.after)}
    differences = [*renamed, *_differing(before, after)]
    differences += [_absent(before, key, "missing") for key in missing if key not in paired]
    differences += [_absent(after, key, "extra") for key in extra if key not in paired]
    return tuple(sorted(differences, key=_order))


def _leftovers(schema: Schema, other: Schema) -> tuple[ObjectKey, ...]:
    """Return the keys only in ``schema``, without objects of tables and views only in ``schema``."""
    only = [key for key in schema if key not in other]
    relations = {name for kind, name in only if kind in {"table", "view"}}
    return tuple(key for key in only if schema[key].table not in relations)


def _renamed(
    before: Schema, after: Schema, missing: Iterable[ObjectKey], extra: Iterable[ObjectKey]
) -> Iterator[Difference]:
    candidates: defaultdict[ObjectLikeness, list[str]] = defaultdict(list)
    for kind, name in sorted(extra, reverse=True):
        if kind in RENAMEABLE:
            candidates[_likeness(kind, after[kind, name])].append(name)
    for kind, name in sorted(missing):
        alike = candidates.get(_likeness(kind, before[kind, name])) if kind in RENAMEABLE else None
        if alike:
            yield Difference(kind, name, "renamed", before[kind, name].table, None, name, alike.pop())


def _likeness(kind: str, item: CatalogueObject) -> ObjectLikeness:
    return kind, item.table, tuple(sorted(item.attributes.items()))


def _differing(before: Schema, after: Schema) -> Iterator[Difference]:
    for key, old in before.items():
        counterpart = after.get(key)
        if counterpart is None or counterpart.attributes == old.attributes:
            continue
        for attribute in sorted(old.attributes.keys() | counterpart.attributes.keys()):
            was, now = old.attributes.get(attribute), counterpart.attributes.get(attribute)
            if was != now and (attribute, now) != ("position", "ok"):
                same_storage = attribute == "type" and old.storage is not None
                same_storage &= old.storage == counterpart.storage
                yield Difference(*key, "different", old.table, attribute, was, now, same_storage)


def _absent(schema: Schema, key: ObjectKey, change: Literal["missing", "extra"]) -> Difference:
    return Difference(*key, change, schema[key].table)


def _order(item: Difference) -> tuple[str, ...]:
    return (item.table or item.name, item.kind, item.name, item.change, item.attribute or "")
