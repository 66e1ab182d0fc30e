"""Loads the project's own scenarios, checks them against the migration graph and runs them in cycles."""

from __future__ import annotations

import importlib.util
import sys
import time
import traceback
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType
from typing import get_args

import msgspec
from django.apps import apps as global_apps
from django.apps.registry import Apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader

from django_switchback.errors import UsageError
from django_switchback.evidence import Failure, MigrationName, ScenarioRan
from django_switchback.scenarios.declaring import (
    BadScenario,
    Declarations,
    ScenarioPoint,
    ScenarioStep,
    call_with_known_arguments,
    collect_declarations,
)
from django_switchback.worker.failure import failure_of
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.seed.recipes.interface import Recipe
from django_switchback.worker.seed.recipes.scenarios import ChosenValues, EmptyTables


class InvalidScenario(UsageError):
    """A scenario file cannot be imported, or names an unknown migration or model."""

    def __init__(self, file: str, line: int | None, reason: str) -> None:
        super().__init__(f"{file}{f', line {line}' if line else ''}: {reason}")


class LoadedScenarios:
    """The declarations of the project's scenario files, checked against the migration graph."""

    def __init__(self, declared: Declarations, root: Path) -> None:
        self._declared = declared
        self._root = root

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """Seeding recipes for the declared values and the tables declared as left empty."""
        return (ChosenValues(tuple(self._declared.values)), EmptyTables(self._left_empty()))

    def _left_empty(self) -> dict[str, str]:
        reasons: dict[str, str] = {}
        for table in self._declared.left_empty:
            where = f"{_display_path(table.file, self._root)}:{table.line}"
            reasons[table.model.lower()] = f"left empty by choice ({where}): {table.because}"
        return reasons

    def has(self, point: ScenarioPoint, key: MigrationKey) -> bool:
        """Return whether a scenario function is declared for ``point`` of the cycle of ``key``."""
        return any(self._steps_for(point, key))

    def expected(self, key: MigrationKey) -> dict[str, int]:
        """Return the number of scenario functions for the cycle of ``key``, by scenario point."""
        counts = {point: len(self._steps_for(point, key)) for point in get_args(ScenarioPoint)}
        return {point: count for point, count in counts.items() if count}

    def run(
        self,
        point: ScenarioPoint,
        key: MigrationKey,
        apps: Apps,
        connection: BaseDatabaseWrapper,
        database: str,
    ) -> tuple[ScenarioRan, ...]:
        """Call the functions for ``point`` in order, each in its own transaction; return their records.

        Writes are committed at the points ``before`` and ``after``. They are rolled back if the function
        raises, and always at ``restored`` and ``reapplied``, whose functions only check.
        """
        records: list[ScenarioRan] = []
        for step in self._steps_for(point, key):
            started = time.perf_counter()
            failure = self._call(step, apps, connection)
            code = step.function.__code__
            records.append(
                ScenarioRan(
                    database=database,
                    migration=MigrationName(app=key[0], name=key[1]),
                    moment=point,
                    function=step.function.__name__,
                    path=_display_path(code.co_filename, self._root),
                    line=code.co_firstlineno,
                    seconds=time.perf_counter() - started,
                    failure=failure,
                )
            )
        return tuple(records)

    def _steps_for(self, point: ScenarioPoint, key: MigrationKey) -> list[ScenarioStep]:
        name = ".".join(key)
        return [
            step
            for step in self._declared.steps
            if step.moment == point and any(_matches(pattern, name) for pattern in step.patterns)
        ]

    def _call(self, step: ScenarioStep, apps: Apps, connection: BaseDatabaseWrapper) -> Failure | None:
        try:
            with transaction.atomic(using=connection.alias):
                call_with_known_arguments(step.function, apps=apps, connection=connection)
                if step.moment in {"restored", "reapplied"}:
                    transaction.set_rollback(True, using=connection.alias)
        # Project code may raise any class of exception; each is a result to record.
        except BaseException as error:
            return _scenario_failure(error, step.function.__code__.co_filename)
        return None


def _scenario_failure(error: BaseException, file: str) -> Failure:
    """Convert an exception to a failure; an assertion without message gets its source line as message."""
    failure = failure_of(error)
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if isinstance(error, AssertionError) and not str(error).strip() and lines and lines[-1].line:
        return msgspec.structs.replace(failure, message=lines[-1].line)
    return failure


def load_scenarios(folder: Path | None, root: Path, loader: MigrationLoader) -> LoadedScenarios:
    """Import every file of ``folder`` whose name does not begin with an underscore, sorted by name.

    ``folder`` may be ``None``. Raises :class:`InvalidScenario` if a file cannot be imported or names an
    unknown migration or model.
    """
    declared = Declarations()
    if folder is not None:
        for file in sorted(folder.glob("*.py")):
            if not file.name.startswith("_"):
                _import(file, root, declared)
    _check(declared, root, loader)
    return LoadedScenarios(declared, root)


def _import(file: Path, root: Path, declared: Declarations) -> None:
    name = f"migration_scenarios.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise InvalidScenario(_display_path(str(file), root), None, "it cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with collect_declarations(declared):
            spec.loader.exec_module(module)
    except BadScenario as error:
        raise InvalidScenario(_display_path(str(file), root), _error_line(error, file), str(error)) from error
    # Importing the file may raise any exception, SystemExit included.
    except BaseException as error:
        reason = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
        raise InvalidScenario(_display_path(str(file), root), _error_line(error, file), reason) from error


def _error_line(error: BaseException, file: Path) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno
    return _last_line_in(error.__traceback__, file)


def _last_line_in(trace: TracebackType | None, file: Path) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename == str(file)]
    return lines[-1] if lines else None


def _display_path(file: str, root: Path) -> str:
    path = Path(file)
    return str(path.relative_to(root)) if path.is_relative_to(root) else file


def _matches(pattern: str, name: str) -> bool:
    """Return whether ``pattern`` matches the migration: in full, as prefix, or as a glob with ``*``."""
    return fnmatchcase(name, pattern) or ("*" not in pattern and name.startswith(pattern))


def _check(declared: Declarations, root: Path, loader: MigrationLoader) -> None:
    names = [".".join(key) for key in loader.graph.nodes]
    for step in declared.steps:
        code = step.function.__code__
        for pattern in step.patterns:
            _check_pattern(pattern, names, _display_path(code.co_filename, root), code.co_firstlineno)
    models = _models(loader)
    for value in declared.values:
        code = value.function.__code__
        if value.model is not None and value.model.lower() not in models:
            reason = f"unknown model {value.model!r}"
            raise InvalidScenario(_display_path(code.co_filename, root), code.co_firstlineno, reason)
    for declaration in declared.left_empty:
        if declaration.model.lower() not in models:
            raise InvalidScenario(
                _display_path(declaration.file, root),
                declaration.line,
                f"unknown model {declaration.model!r}",
            )


def _check_pattern(pattern: str, names: Sequence[str], file: str, line: int) -> None:
    matches = [name for name in names if _matches(pattern, name)]
    if not matches:
        raise InvalidScenario(file, line, f"unknown migration {pattern!r}")
    if len(matches) > 1 and "*" not in pattern and pattern not in matches:
        candidates = ", ".join(sorted(matches)[:4])
        raise InvalidScenario(file, line, f"migration {pattern!r} is one of several: {candidates}")


def _models(loader: MigrationLoader) -> Collection[str]:
    """Return the labels of all present models and of all models that a migration creates or renames."""
    records = {model._meta.label_lower for model in global_apps.get_models(include_auto_created=True)}
    for (app, _), migration in loader.graph.nodes.items():
        for operation in migration.operations:
            if isinstance(operation, operations.CreateModel):
                records.add(f"{app}.{operation.name_lower}")
            elif isinstance(operation, operations.RenameModel):
                records.add(f"{app}.{operation.new_name_lower}")
    return records
