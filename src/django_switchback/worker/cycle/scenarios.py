"""The project's own scenarios: loaded from their folder, checked against the graph, run in the cycles."""

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
from django_switchback.worker.migrate.migrator import MigrationKey
from django_switchback.worker.seed.recipes.interface import Recipe
from django_switchback.worker.seed.recipes.scenarios import ChosenValues, EmptyTables


class InvalidScenario(UsageError):
    """A file of scenarios that cannot be loaded, or names what is not there."""

    def __init__(self, file: str, line: int | None, reason: str) -> None:
        super().__init__(f"{file}{f', line {line}' if line else ''}: {reason}")


class LoadedScenarios:
    """What the project's files declare, for migrations that are there."""

    def __init__(self, declared: Declarations, root: Path) -> None:
        self._declared = declared
        self._root = root

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """How rows are made differently on their account."""
        return (ChosenValues(tuple(self._declared.values)), EmptyTables(self._left_empty()))

    def _left_empty(self) -> dict[str, str]:
        reasons: dict[str, str] = {}
        for table in self._declared.left_empty:
            where = f"{_shown(table.file, self._root)}:{table.line}"
            reasons[table.model.lower()] = f"left empty by choice ({where}): {table.because}"
        return reasons

    def has(self, moment: ScenarioPoint, key: MigrationKey) -> bool:
        """Tell whether a function is to be called at ``moment`` of the cycle of ``key``."""
        return any(self._of(moment, key))

    def expected(self, key: MigrationKey) -> dict[str, int]:
        """Return how many functions there are for the cycle of ``key``, by the moment that they are for."""
        counts = {moment: len(self._of(moment, key)) for moment in get_args(ScenarioPoint)}
        return {moment: count for moment, count in counts.items() if count}

    def run(
        self,
        moment: ScenarioPoint,
        key: MigrationKey,
        apps: Apps,
        connection: BaseDatabaseWrapper,
        database: str,
    ) -> tuple[ScenarioRan, ...]:
        """Call the functions for ``moment`` in their order, each in a transaction of its own.

        What one writes stays before and after the target; what one writes that raises is undone, and so is
        what the others write, which are there to look.
        """
        found: list[ScenarioRan] = []
        for step in self._of(moment, key):
            began = time.perf_counter()
            failure = self._called(step, apps, connection)
            code = step.function.__code__
            found.append(
                ScenarioRan(
                    database=database,
                    migration=MigrationName(app=key[0], name=key[1]),
                    moment=moment,
                    function=step.function.__name__,
                    path=_shown(code.co_filename, self._root),
                    line=code.co_firstlineno,
                    seconds=time.perf_counter() - began,
                    failure=failure,
                )
            )
        return tuple(found)

    def _of(self, moment: ScenarioPoint, key: MigrationKey) -> list[ScenarioStep]:
        name = ".".join(key)
        return [
            step
            for step in self._declared.steps
            if step.moment == moment and any(_matches(pattern, name) for pattern in step.patterns)
        ]

    def _called(self, step: ScenarioStep, apps: Apps, connection: BaseDatabaseWrapper) -> Failure | None:
        try:
            with transaction.atomic(using=connection.alias):
                call_with_known_arguments(step.function, apps=apps, connection=connection)
                if step.moment in {"restored", "reapplied"}:
                    transaction.set_rollback(True, using=connection.alias)
        # It is the project's code: what it raises, whatever its class, is what is to be told.
        except BaseException as error:
            return _scenario_failure(error, step.function.__code__.co_filename)
        return None


def _scenario_failure(error: BaseException, file: str) -> Failure:
    """Return what was raised; of a bare assertion the line says what did not hold."""
    failure = failure_of(error)
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if isinstance(error, AssertionError) and not str(error).strip() and lines and lines[-1].line:
        return msgspec.structs.replace(failure, message=lines[-1].line)
    return failure


def load_scenarios(folder: Path | None, root: Path, loader: MigrationLoader) -> LoadedScenarios:
    """Import every file of ``folder`` whose name does not begin with an underscore, in the order of names.

    There need be no folder. Raises :class:`InvalidScenario` where a file cannot be imported or names a
    migration or model that is not there.
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
        raise InvalidScenario(_shown(str(file), root), None, "it cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with collect_declarations(declared):
            spec.loader.exec_module(module)
    except BadScenario as error:
        raise InvalidScenario(_shown(str(file), root), _line(error, file), str(error)) from error
    # What the file does when it is imported may raise anything at all, SystemExit included.
    except BaseException as error:
        reason = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
        raise InvalidScenario(_shown(str(file), root), _line(error, file), reason) from error


def _line(error: BaseException, file: Path) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno
    return _last_line(error.__traceback__, file)


def _last_line(trace: TracebackType | None, file: Path) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename == str(file)]
    return lines[-1] if lines else None


def _shown(file: str, root: Path) -> str:
    path = Path(file)
    return str(path.relative_to(root)) if path.is_relative_to(root) else file


def _matches(pattern: str, name: str) -> bool:
    """Tell whether ``pattern`` names the migration: in full, by a beginning, or with ``*`` in it."""
    return fnmatchcase(name, pattern) or ("*" not in pattern and name.startswith(pattern))


def _check(declared: Declarations, root: Path, loader: MigrationLoader) -> None:
    names = [".".join(key) for key in loader.graph.nodes]
    for step in declared.steps:
        code = step.function.__code__
        for pattern in step.patterns:
            _check_pattern(pattern, names, _shown(code.co_filename, root), code.co_firstlineno)
    models = _models(loader)
    for value in declared.values:
        code = value.function.__code__
        if value.model is not None and value.model.lower() not in models:
            reason = f"unknown model {value.model!r}"
            raise InvalidScenario(_shown(code.co_filename, root), code.co_firstlineno, reason)
    for empty in declared.left_empty:
        if empty.model.lower() not in models:
            raise InvalidScenario(_shown(empty.file, root), empty.line, f"unknown model {empty.model!r}")


def _check_pattern(pattern: str, names: Sequence[str], file: str, line: int) -> None:
    meant = [name for name in names if _matches(pattern, name)]
    if not meant:
        raise InvalidScenario(file, line, f"unknown migration {pattern!r}")
    if len(meant) > 1 and "*" not in pattern and pattern not in meant:
        several = ", ".join(sorted(meant)[:4])
        raise InvalidScenario(file, line, f"migration {pattern!r} is one of several: {several}")


def _models(loader: MigrationLoader) -> Collection[str]:
    """Return the labels of all models there are or ever were."""
    found = {model._meta.label_lower for model in global_apps.get_models(include_auto_created=True)}
    for (app, _), migration in loader.graph.nodes.items():
        for operation in migration.operations:
            if isinstance(operation, operations.CreateModel):
                found.add(f"{app}.{operation.name_lower}")
            elif isinstance(operation, operations.RenameModel):
                found.add(f"{app}.{operation.new_name_lower}")
    return found
