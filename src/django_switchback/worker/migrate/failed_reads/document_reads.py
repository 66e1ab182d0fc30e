"""Finds the JSON documents of rows that the failed expression of a data migration read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from django.db import models

from django_switchback.worker.migrate.failed_reads.failing_code import FailingCode

_SCALARS = (str, int, float)
_MAX_DEPTH = 3


def documents_read(code: FailingCode) -> Iterator[tuple[Any, str, str]]:
    """Yield documents with their table and column, those of the row that the code names first.

    Without table and column, a document that the code has of no row at hand.
    """
    yield from _in_expression(code.node, code, 0)


def _in_expression(expression: ast.expr, code: FailingCode, depth: int) -> Iterator[tuple[Any, str, str]]:
    names = code.names
    for node in ast.walk(expression):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if isinstance(
                names.get(name), models.Model
            ):
                yield from _of_row(names[name], attribute)
            case ast.Name(id=name) if isinstance(names.get(name), dict | list):
                yield from _holding(names[name], code.rows)
            case ast.Name(id=name) if isinstance(names.get(name), _SCALARS):
                yield from (found for found in _of_rows(code.rows) if is_part(names[name], found[0]))
            case ast.Name(id=name) if name in names and names[name] is None and depth < _MAX_DEPTH:
                for value, _ in code.assigned({name}):
                    yield from _in_expression(value, code, depth + 1)


def _of_rows(rows: list[models.Model]) -> Iterator[tuple[Any, str, str]]:
    return (found for row in rows for found in _of_row(row))


def _of_row(row: models.Model, attribute: str | None = None) -> Iterator[tuple[Any, str, str]]:
    for field in row._meta.concrete_fields:
        if isinstance(field, models.JSONField) and attribute in (None, field.attname):
            yield row.__dict__.get(field.attname), field.model._meta.db_table, str(field.column)


def _holding(value: Any, rows: list[models.Model]) -> Iterator[tuple[Any, str, str]]:
    """Yield the documents of ``rows`` that ``value`` is a part of; ``value`` alone without such rows."""
    documents = list(_of_rows(rows))
    yield from (found for found in documents if is_part(value, found[0]))
    if not documents:
        yield value, "", ""


def is_part(value: Any, document: Any) -> bool:
    """Return whether ``value`` is ``document`` or within it."""
    if value == document:
        return True
    items = document.values() if isinstance(document, dict) else document
    return isinstance(document, dict | list) and any(is_part(value, item) for item in items)
