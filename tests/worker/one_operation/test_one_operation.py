"""What migrations of one operation break for the old release, by plain Django and by the rule's own trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState
from seed.support import connected

from django_switchback.sandbox.interface import Server
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.snapshots import take_snapshot
from django_switchback.worker.cycle.deploy_window import DeployWindow
from django_switchback.worker.release.new_release import ForwardStep
from django_switchback.worker.release.old_release import OldRelease
from django_switchback.worker.seed.seeder import Seeder
from one_operation.cases import CASES, Case
from one_operation.models_before import INITIAL, TARGET
from one_operation.plain_django import ALIAS, failing, failing_on_row, fill

pytestmark = pytest.mark.slow


@pytest.fixture(params=("sqlite", "postgresql-18"))
def database(
    request: pytest.FixtureRequest, server_of: Callable[[str], Server]
) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox of each kind."""
    yield from connected(server_of(str(request.param)), ALIAS)


def migration_of(source: str, name: str, app: str) -> Migration:
    """Return the migration whose module is ``source``."""
    names: dict[str, Any] = {}
    exec(source.replace("{app}", app), names)
    migration: Migration = names["Migration"](name, app)
    return migration


def applied(connection: BaseDatabaseWrapper, migration: Migration, state: ProjectState) -> ProjectState:
    """Apply ``migration`` and return the state after it."""
    with connection.schema_editor(atomic=migration.atomic) as editor:
        return migration.apply(state.clone(), editor)


def told(window: DeployWindow, app: str) -> frozenset[str]:
    """Return the statements that fail after the migration."""
    return frozenset(
        f"{attempt.table.removeprefix(f'{app}_')} {attempt.statement}" for attempt in window.broken
    )


@pytest.mark.filterwarnings("ignore:DateTimeField")  # where a column holds dates by now
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, database: BaseDatabaseWrapper) -> None:
    """The statements that fail are those derived by hand, by plain Django and by the rule's own trial."""
    app, expected = case.name, case.broken_on(database.vendor)
    target = migration_of(
        TARGET.replace("{before}", case.before).replace("{operation}", case.operation), "0002_target", app
    )
    old = applied(database, migration_of(INITIAL, "0001_initial", app), ProjectState())
    fill(old.apps, app)
    assert failing(old.apps, app) == frozenset()
    seeder = Seeder(database, 0)
    seeder.fill(old.apps, edge=False)
    before = take_snapshot(database, snapshots.EMPTY_SNAPSHOT)
    new = applied(database, target, old)
    after = take_snapshot(database, before)
    changed = snapshots.changed_tables(before, after, {})
    by_django = failing(old.apps, app)
    step = ForwardStep(target, (old, new), (before.schema, after.schema))
    window = DeployWindow.opened(OldRelease(database, step, changed, seeder))
    seeder.insert_new(new.apps, changed, old.apps)
    window = window.with_new_rows()
    if case.written and database.vendor in case.engines:
        by_django |= failing_on_row(old.apps, new.apps, app, case.written)
    assert (by_django, told(window, app)) == (expected | case.cascades, expected)
