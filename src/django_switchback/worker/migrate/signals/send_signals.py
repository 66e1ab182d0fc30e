"""Sends the signals of ``manage.py migrate``.

Source: ``django/core/management/commands/migrate.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import TypeAlias

from django.apps import apps as global_apps
from django.apps.registry import Apps
from django.core.management.base import OutputWrapper
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connections
from django.db.migrations.migration import Migration
from django.db.migrations.state import ModelState, ProjectState

from django_switchback.worker.migrate.project_state.rendering import StateRenderer
from django_switchback.worker.migrate.signals.post_migrate import skip_when_complete
from django_switchback.worker.migrate.signals.receivers import (
    SIGNALS,
    MigrateSignal,
    Observe,
    ReceiverStatements,
    own_receivers,
)

Plan: TypeAlias = list[tuple[Migration, bool]]
"""Migrations in step order, each with whether it is rolled back."""


class MigrateSignals:
    """Sends ``pre_migrate`` and ``post_migrate`` for one alias."""

    def __init__(self, alias: str, rendering: StateRenderer) -> None:
        self._alias = alias
        self._rendering = rendering
        self.schema_unchanged = False
        """Whether the last ``post_migrate`` ran only statements that cannot change the schema."""
        self.written: dict[str, set[str]] = {}
        """The statements of the project's own receivers that may have written, by receiver."""
        self.statements_before = 0
        """How many statements the receivers of the last ``pre_migrate`` have sent."""
        self._observe: Observe | None = None
        self._silent: set[MigrateSignal] = set()
        """Signals whose own receivers wrote nothing when they were last sent."""

    @property
    def may_write(self) -> bool:
        """Whether there are receivers of the project's own that did not prove to write nothing."""
        return any(signal not in self._silent and own_receivers(signal) for signal in SIGNALS)

    @contextmanager
    def observed(self, observe: Observe | None) -> Iterator[None]:
        """Enter a block of ``observe`` for each signal, before the project's own receivers first write."""
        outer, self._observe = self._observe, observe
        try:
            yield
        finally:
            self._observe = outer

    def send_pre_migrate(self, state: ProjectState, plan: Plan) -> None:
        """Send ``pre_migrate`` as the command does."""
        forget_caches(state.apps)
        with self._watched("pre_migrate") as statements:
            emit_pre_migrate_signal(
                0, False, self._alias, stdout=OutputWrapper(sys.stdout), apps=state.apps, plan=plan
            )
        self.statements_before = statements.total

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
        with (
            self._watched("post_migrate") as statements,
            skip_when_complete(apps, self._alias, lambda: statements.total),
        ):
            emit_post_migrate_signal(
                0, False, self._alias, stdout=OutputWrapper(sys.stdout), apps=apps, plan=plan
            )
        self.schema_unchanged = statements.schema_unchanged

    @contextmanager
    def _watched(self, signal: MigrateSignal) -> Iterator[ReceiverStatements]:
        """Note the statements of the block, which sends ``signal``."""
        with ExitStack() as stack:
            observe = self._observe or _unobserved
            statements = ReceiverStatements(
                own_receivers(signal), lambda: stack.enter_context(observe(signal))
            )
            try:
                with connections[self._alias].execute_wrapper(statements):
                    yield statements
            finally:
                for receiver, text in statements.written:
                    self.written.setdefault(receiver, set()).add(text)
                (self._silent.discard if statements.written else self._silent.add)(signal)


def _unobserved(signal: MigrateSignal) -> AbstractContextManager[None]:
    return nullcontext()


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
