"""Sends the signals of ``manage.py migrate``.

Source: ``django/core/management/commands/migrate.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from django.apps import apps as global_apps
from django.apps.registry import Apps
from django.core.management.base import OutputWrapper
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connections
from django.db.migrations.migration import Migration
from django.db.migrations.state import ModelState, ProjectState

from django_switchback.worker.migrate.post_migrate import skip_when_complete
from django_switchback.worker.migrate.rendering import StateRenderer

Plan: TypeAlias = list[tuple[Migration, bool]]
"""Migrations in step order, each with whether it is rolled back."""


class MigrateSignals:
    """Sends ``pre_migrate`` and ``post_migrate`` for one alias."""

    def __init__(self, alias: str, rendering: StateRenderer) -> None:
        self._alias = alias
        self._rendering = rendering
        self.schema_unchanged = False
        """Whether the last ``post_migrate`` ran only statements that cannot change the schema."""

    def send_pre_migrate(self, state: ProjectState, plan: Plan) -> None:
        """Send ``pre_migrate`` as the command does."""
        forget_caches(state.apps)
        emit_pre_migrate_signal(
            0, False, self._alias, stdout=OutputWrapper(sys.stdout), apps=state.apps, plan=plan
        )

    def send_post_migrate(self, state: ProjectState, plan: Plan) -> None:
        """Send ``post_migrate`` as the command does; models of apps without migrations are rendered again."""
        self._rendering.rerender_if_delayed(state)
        apps = state.apps
        keys = [(model.app_label, model.name_lower) for model in apps.real_models]
        if keys:
            with apps.bulk_update():
                for key in keys:
                    apps.unregister_model(*key)
            apps.render_multiple([ModelState.from_model(global_apps.get_model(*key)) for key in keys])
        forget_caches(apps)
        monitor = _StatementMonitor()
        with (
            connections[self._alias].execute_wrapper(monitor),
            skip_when_complete(apps, self._alias, lambda: monitor.statements),
        ):
            emit_post_migrate_signal(
                0, False, self._alias, stdout=OutputWrapper(sys.stdout), apps=apps, plan=plan
            )
        self.schema_unchanged = monitor.schema_unchanged


class _StatementMonitor:
    """Counts statements and detects any that is not plainly about rows (for ``execute_wrapper``)."""

    ROW_STATEMENTS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "SAVEPOINT", "RELEASE", "BEGIN"})

    def __init__(self) -> None:
        self.schema_unchanged = True
        self.statements = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements += 1
        self.schema_unchanged = (
            self.schema_unchanged
            and sql.lstrip().partition(" ")[0].upper() in self.ROW_STATEMENTS
            and ";" not in sql
        )
        return execute(sql, params, many, context)


def forget_caches(apps: Apps) -> None:
    """Clear the caches of Django's own managers (content types, current site)."""
    for registry in (apps, global_apps):
        for label in ("contenttypes.ContentType", "sites.Site"):
            with _ignore_missing_model():
                registry.get_model(label)._default_manager.clear_cache()


@contextmanager
def _ignore_missing_model() -> Iterator[None]:
    """Ignore a model that is not installed, or whose historical manager has no cache."""
    try:
        yield
    except (LookupError, AttributeError):
        return
