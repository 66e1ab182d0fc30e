"""Finds tables whose triggers a migration concerns without changing the table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from django_switchback.worker.snapshot.interface import Schema


def tables_with_concerned_triggers(before: Schema, after: Schema, changed: Collection[str]) -> set[str]:
    """Return the tables with triggers whose function changed, or names one of the ``changed`` tables.

    PostgreSQL reads the body of a function only when it runs.
    """
    concerned = set(_concerned_functions(before, after, changed))
    return {
        item.table
        for (kind, _), item in after.items()
        if kind == "trigger"
        and item.table is not None
        and any(f" {name}(" in str(item.attributes.get("definition")) for name in concerned)
    }


def _concerned_functions(before: Schema, after: Schema, changed: Collection[str]) -> Iterator[str]:
    names = "|".join(re.escape(table.rpartition(".")[2]) for table in changed)
    for key, item in after.items():
        if key[0] == "function":
            body = item.attributes.get("definition") or ""
            is_named = bool(names) and re.search(rf"\b({names})\b", body)
            if is_named or before.get(key) != item:
                yield key[1].partition("(")[0]
