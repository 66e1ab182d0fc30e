"""Lists the names that each table has in the history of migrations."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.migrations import operations as ops
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.models import Model

from django_switchback.worker.nested_operations import nested_operations

# Only to know a name that the user gives: no verdict rests on it.
_CREATE_TABLE = re.compile(
    r"\bCREATE\s+(?:\w+\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w.\"]+)", re.IGNORECASE
)


def table_history(plan: Iterable[Migration], models: Iterable[type[Model]]) -> dict[str, tuple[str, ...]]:
    """Return the names of each table by its model (``blog.Post``), of a table without a model by its name.

    Read from the operations of ``plan``, in its order, and from ``models``, those of the installed apps.
    """
    tables: dict[str, dict[str, None]] = {}
    for migration in plan:
        for operation in nested_operations(migration.operations):
            _follow(migration.app_label, operation, tables)
    for model in models:
        names = tables.pop(model._meta.label_lower, {})
        tables[model._meta.label] = {**names, _unquoted(model._meta.db_table): None}
    return {model: tuple(names) for model, names in sorted(tables.items())}


def _follow(app: str, operation: Operation, tables: dict[str, dict[str, None]]) -> None:
    match operation:
        case ops.CreateModel():
            table = operation.options.get("db_table") or _default_table(app, operation.name_lower)
            tables.setdefault(f"{app}.{operation.name_lower}", {})[_unquoted(table)] = None
        case ops.RenameModel():
            names = tables.pop(f"{app}.{operation.old_name_lower}", {})
            new = _default_table(app, operation.new_name_lower)
            tables[f"{app}.{operation.new_name_lower}"] = {**names, new: None}
        case ops.AlterModelTable():
            table = operation.table or _default_table(app, operation.name_lower)
            tables.setdefault(f"{app}.{operation.name_lower}", {})[_unquoted(table)] = None
        case ops.RunSQL():
            for name in _CREATE_TABLE.findall(str(operation.sql)):
                tables.setdefault(_unquoted(name), {})[_unquoted(name)] = None


def _default_table(app: str, model: str) -> str:
    return f"{app}_{model}"


def _unquoted(table: str) -> str:
    return table.replace('"', "")
