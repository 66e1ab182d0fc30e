"""Recreates catalogue objects from PostgreSQL's own text, so that expressions read as after a restore.

NOTE: PostgreSQL's text of an expression changes when it is parsed again: ``status IN ('a', 'b')`` on a
``varchar`` reads ``ANY ((ARRAY[…])::text[])`` at first and ``ANY (ARRAY[(…)::text])`` after one round trip.
A restored dump has the second form, which is equivalent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DatabaseError

from django_switchback.evidence import Difference
from django_switchback.worker.snapshot.interface import CatalogueObject, Schema
from django_switchback.worker.snapshot.table_layout import quote_identifier


def rewrite_expressions(
    connection: BaseDatabaseWrapper, schema: Schema, differences: Iterable[Difference]
) -> None:
    """Recreate each object that differs in an expression from its text in ``schema``.

    Run this on a disposable clone. An object that cannot be recreated on its own stays unchanged, and so does
    its difference.
    """
    for difference in differences:
        if difference.change != "different":
            continue
        for statement in _statements(schema, difference.kind, difference.name):
            try:
                with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                    cursor.execute(statement)
            except DatabaseError:
                break


def _statements(schema: Schema, kind: str, name: str) -> Iterator[str]:
    item = schema[kind, name]
    definition = item.attributes.get("definition")
    own = name[len(item.table) + 1 :] if item.table and name.startswith(f"{item.table}.") else name
    match kind:
        case "constraint" if item.attributes.get("type") == "check":
            change = (
                f"DROP CONSTRAINT {quote_identifier(own)}, ADD CONSTRAINT {quote_identifier(own)} "
                f"{definition}"
            )
            yield f"ALTER TABLE {_table(schema, item)} {change}"
        case "index":
            space, _, index = name.rpartition(".")
            unique = "UNIQUE " if item.attributes.get("unique") else ""
            yield f"DROP INDEX {quote_identifier(space) + '.' if space else ''}{quote_identifier(index)}"
            yield f"CREATE {unique}INDEX {quote_identifier(index)} ON {_table(schema, item)} {definition}"
        case "view" if not item.attributes.get("kind"):
            yield f"CREATE OR REPLACE VIEW {'.'.join(map(quote_identifier, name.split('.')))} AS {definition}"
        case "column" if item.attributes.get("default") is not None:
            default = item.attributes["default"]
            yield (
                f"ALTER TABLE {_table(schema, item)} ALTER COLUMN {quote_identifier(own)} SET DEFAULT "
                f"{default}"
            )


def _table(schema: Schema, item: CatalogueObject) -> str:
    return ".".join(map(quote_identifier, schema["table", item.table or ""].parts))
