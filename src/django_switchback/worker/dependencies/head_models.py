"""Tells what of the models at head the cycles of earlier migrations depend on.

Seeded rows are checked by the models at head (``seed/application/head_checks.py``), of which only those with
checks of their own are asked. Their constants stand for those that a data migration names, columns of
treebeard are made as they declare, and who has a table at head tells of tables that models share.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from django.apps import apps
from django.db.migrations.migration import Migration
from django.db.migrations.operations import CreateModel, RenameModel

from django_switchback.worker.dependencies.modules import ModuleFiles
from django_switchback.worker.nested_operations import nested_operations
from django_switchback.worker.seed.application.head_checks import has_own_checks
from django_switchback.worker.seed.constants.interface import CONSTANT_TYPES
from django_switchback.worker.seed.interface import Model

_TREE_ATTRIBUTES = ("steplen", "alphabet")


def created_models(migration: Migration) -> Iterator[tuple[str, str]]:
    """Yield the models, by app and name in lower case, that ``migration`` creates or gives another name."""
    for operation in nested_operations(migration.operations):
        if isinstance(operation, CreateModel):
            yield migration.app_label, operation.name_lower
        elif isinstance(operation, RenameModel):
            yield migration.app_label, operation.new_name_lower


def facts_at_head(key: tuple[str, str], files: ModuleFiles) -> object:
    """Return what cycles on a database with the model ``key`` depend on of the same model at head."""
    model, checked = _model_at_head(key), checked_at_head(key)
    if model is None:
        return None
    sources = () if checked is None else files.described(files.closure(checking_modules(checked)))
    return sources, sorted(_constants(model))


def checked_at_head(key: tuple[str, str]) -> Model | None:
    """Return the model ``key`` at head if it has checks of its own, which seeded rows are given to."""
    model = _model_at_head(key)
    return model if model is not None and has_own_checks(model) else None


def _model_at_head(key: tuple[str, str]) -> Model | None:
    return apps.all_models[key[0]].get(key[1])


def checking_modules(model: Model) -> frozenset[str]:
    """Return the modules of ``model``, and of all models that its checks reach by relations."""
    found: set[Model] = set()
    waiting = [model]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            related = (field.related_model for field in current._meta.get_fields())
            waiting += [other for other in related if isinstance(other, type)]
    return frozenset(base.__module__ for reached in found for base in reached.__mro__)


def tables_at_head(migration: Migration) -> Iterator[str]:
    """Yield the tables at head that may be those of the models that ``migration`` creates."""
    created = tuple(created_models(migration))
    operations = nested_operations(migration.operations)
    options = (operation.options for operation in operations if isinstance(operation, CreateModel))
    given_names = (str(option["db_table"]) for option in options if "db_table" in option)
    names = (*(f"{app}_{name}" for app, name in created), *given_names)
    given = {model._meta.db_table for key in created if (model := _model_at_head(key)) is not None}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table in given or table.startswith(names):
            yield table


def _constants(model: Model) -> Iterator[str]:
    for base in model.__mro__:
        for name, value in vars(base).items():
            if name.startswith("__"):
                continue
            if isinstance(value, CONSTANT_TYPES) or name in _TREE_ATTRIBUTES:
                yield f"{name}={value!r}"
            elif isinstance(value, type) and issubclass(value, Enum):
                yield f"{name}={[(item.name, repr(item.value)) for item in value]}"
