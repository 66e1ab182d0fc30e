"""Writes the source of a migration from its operations."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.migrations.operations import SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.serializer import serializer_factory

_INDENT = " " * 8


def migration_code(dependency: tuple[str, str] | None, operations: Iterable[Operation]) -> str:
    """Return a module with a migration of ``operations``, one a line, that depends on ``dependency``."""
    imports: set[str] = set()
    lines = [f"{_INDENT}{_operation(operation, imports)}," for operation in operations]
    needed = "" if dependency is None else f"    dependencies = [{dependency!r}]\n"
    imports -= {"from django.db import migrations", "from django.db import models"}
    header = "\n".join(sorted({*imports, "from django.db import migrations, models"}))
    body = "\n".join(lines)
    return (
        f"{header}\n\n\nclass Migration(migrations.Migration):\n{needed}    operations = [\n{body}\n    ]\n"
    )


def _operation(operation: Operation, imports: set[str]) -> str:
    name, _, arguments = operation.deconstruct()
    texts = (f"{key}={_argument(operation, key, value, imports)}" for key, value in arguments.items())
    return f"migrations.{name}({', '.join(texts)})"


def _argument(operation: Operation, key: str, value: object, imports: set[str]) -> str:
    if isinstance(operation, SeparateDatabaseAndState) and isinstance(value, list):
        return f"[{', '.join(_operation(nested, imports) for nested in value)}]"
    text, needed = serializer_factory(value).serialize()
    imports.update(needed)
    return str(text)
