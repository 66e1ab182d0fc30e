"""Locks and growing work of migrations of one operation, on PostgreSQL, against what is derived by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState
from seed.support import connected

from django_switchback.evidence import MigrationFact, MigrationName, WorkMeasured
from django_switchback.rules.deploy_window import blocking_lock, grows_with_rows, table_rewrite
from django_switchback.rules.interface import TargetEvidence
from django_switchback.sandbox.interface import Server
from django_switchback.worker.deploy_window.statement_observer import StatementObserver
from django_switchback.worker.minimise.rolled_back_transaction import rolled_back
from django_switchback.worker.seed.row_counts import count_rows, managed_models
from django_switchback.worker.seed.seeder import Seeder
from one_operation.cases import CASES, Case
from one_operation.models_before import INITIAL, TARGET
from one_operation.plain_django import ALIAS
from one_operation.test_one_operation import applied, migration_of

pytestmark = pytest.mark.slow


@pytest.fixture
def database(server_of: Callable[[str], Server]) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox."""
    yield from connected(server_of("postgresql-18"), ALIAS)


def work(
    connection: BaseDatabaseWrapper, seeder: Seeder, old: ProjectState, target: Migration, rows: int
) -> WorkMeasured:
    """Apply ``target`` with ``rows`` in each table, return its work, and undo it."""
    observer = StatementObserver(connection, within_transaction=True)
    with rolled_back(connection):
        after = target.mutate_state(old.clone())
        seeder.multiply(managed_models(old.apps, ALIAS), rows, managed_models(after.apps, ALIAS))
        connection.check_constraints()
        counts = count_rows(old.apps, connection, limit=rows).rows
        with observer.observing():
            applied(connection, target, old)
        return WorkMeasured(
            database="postgresql-18",
            migration=MigrationName("app", "0002_target"),
            direction="forward",
            rows=dict(counts),
            statements=observer.works(),
        )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, database: BaseDatabaseWrapper) -> None:
    """The warnings are those derived by hand."""
    target = migration_of(
        TARGET.replace("{before}", case.before).replace("{operation}", case.operation),
        "0002_target",
        case.name,
    )
    old = applied(database, migration_of(INITIAL, "0001_initial", case.name), ProjectState())
    seeder = Seeder(database, 1)  # with which the typical values of each column differ
    seeder.fill(old.apps, edge=False)
    measured = tuple(work(database, seeder, old, target, rows) for rows in (300, 600))
    name = MigrationName("app", "0002_target")
    evidence = TargetEvidence(
        database="postgresql-18", fact=MigrationFact(name, path="", first_party=True), work=measured
    )
    found = {
        finding.rule
        for judge in (blocking_lock.judge, table_rewrite.judge, grows_with_rows.judge)
        for finding in judge(evidence)
        if finding.severity == "warning"
    }
    assert found == case.warnings
