"""Plans a migration that breaks the old release as migrations of two releases."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import count

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations import AddField
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.models import AlterTogetherOptionOperation, IndexOperation
from django.db.migrations.state import ProjectState

from django_switchback.evidence import ReleaseMigration
from django_switchback.worker.release.new_release import ForwardStep
from django_switchback.worker.release.two_releases.by_operation import planned_migrations
from django_switchback.worker.release.two_releases.code import migration_code
from django_switchback.worker.release.two_releases.planned import OperationStep, PlannedMigration
from django_switchback.worker.table_names import snapshot_names


def two_releases(
    connection: BaseDatabaseWrapper, step: ForwardStep, tables: Collection[str]
) -> Iterator[ReleaseMigration]:
    """Yield the migrations to write for the operations of ``step`` on ``tables``, whose statements fail.

    In the order of their releases for each operation; none for what Django does not know the effect of.
    Changes of indexes and constraints that come before an operation are kept: it may need them.
    """
    app_label, state = step.migration.app_label, step.states[0]
    previous = next((parent for parent in step.migration.dependencies if parent[0] == app_label), None)
    numbers = count(_number(step.migration.name))
    added: set[tuple[str, str]] = set()
    kept: tuple[Operation, ...] = ()
    for operation in step.migration.operations:
        before, state = state, state.clone()
        operation.state_forwards(app_label, state)
        if isinstance(operation, AlterTogetherOptionOperation | IndexOperation):
            kept = (*kept, operation)
        if _old_table(connection, before, app_label, operation) in tables:
            part = "expand"
            of_operation = OperationStep(app_label, operation, before, state, connection, frozenset(added))
            for planned in planned_migrations(of_operation):
                code = _code(planned, kept, previous)
                if not code:
                    yield ReleaseMigration(task=planned.task)
                    continue
                kept = ()
                previous = app_label, f"{next(numbers):04}_{part}"
                yield ReleaseMigration(task=planned.task, name=previous[1], code=code)
                part = "contract"
        if isinstance(operation, AddField):
            added.add((operation.model_name.lower(), operation.name.lower()))


def _number(name: str) -> int:
    """Return the number at the beginning of a migration's name, as makemigrations gives it, or 1."""
    digits = re.match(r"\d+", name)
    return int(digits[0]) if digits else 1


def _old_table(
    connection: BaseDatabaseWrapper, state: ProjectState, app_label: str, operation: Operation
) -> str | None:
    """Return the table of the operation's model before it, as snapshots name it."""
    names = (getattr(operation, attribute, None) for attribute in ("model_name", "old_name", "name"))
    model = next((name for name in names if name), None)
    if model is None or (app_label, model.lower()) not in state.models:
        return None
    db_table: str = state.apps.get_model(app_label, model)._meta.db_table
    return snapshot_names(connection, [db_table])[db_table]


def _code(planned: PlannedMigration, kept: tuple[Operation, ...], previous: tuple[str, str] | None) -> str:
    """Return the code of a migration, with the operations before it that are ``kept`` as they are."""
    try:
        return migration_code(previous, (*kept, *planned.operations)) if planned.operations else ""
    except Exception:
        # Fields and defaults of a project may have no source that a migration can hold.
        return ""
