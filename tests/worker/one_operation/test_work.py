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
from django_switchback.worker.locks_and_growth.statement_observer import StatementObserver
from django_switchback.worker.locks_and_growth.step_work import SIZES
from django_switchback.worker.minimise.rolled_back_transaction import rolled_back
from django_switchback.worker.seed.row_counts import count_rows, managed_models
from django_switchback.worker.seed.seeder import Seeder
from one_operation.cases import CASES, Case
from one_operation.models_before import INITIAL, TARGET
from one_operation.plain_django import ALIAS
from one_operation.test_one_operation import applied, migration_of

pytestmark = pytest.mark.slow

SIZES_OF_LARGE_TABLES = (30_000, 60_000)
RUNS = 20
_NAMES = {
    "add_check",
    "add_index",
    "add_key",
    "add_null",
    "alter_int_to_big",
    "alter_longer",
    "alter_text_to_char",
    "alter_to_mandatory",
    "alter_to_null",
    "alter_unique",
    "remove_mandatory",
    "rename_field",
    "sql_update",
}
_BY_NAME = {case.name: case for case in CASES}
REPEATED = tuple(_BY_NAME[name] for name in sorted(_NAMES))
"""Of each kind of work that is measured, and of brief locks."""


@pytest.fixture
def database(server_of: Callable[[str], Server]) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to an empty sandbox."""
    yield from connected(server_of("postgresql-18"), ALIAS)


def work(
    connection: BaseDatabaseWrapper, seeder: Seeder, old: ProjectState, target: Migration, rows: int
) -> WorkMeasured:
    """Apply ``target`` with ``rows`` in each table, return its work, and undo it.

    Many rows are made in the table of ``Note`` alone, for the sake of time.
    """
    observer = StatementObserver(connection, within_transaction=True)
    with rolled_back(connection):
        after = target.mutate_state(old.clone())
        models = managed_models(old.apps, ALIAS)
        chosen = {
            table: model for table, model in models.items() if rows <= max(SIZES) or table.endswith("_note")
        }
        seeder.multiply(chosen, rows, managed_models(after.apps, ALIAS))
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


def warnings_of(
    case: Case, connection: BaseDatabaseWrapper, *, sizes: tuple[int, int], seed: int = 0
) -> set[str]:
    """Return the rules that warn of ``case``, measured with two numbers of rows."""
    target = migration_of(
        TARGET.replace("{before}", case.before).replace("{operation}", case.operation),
        "0002_target",
        case.name,
    )
    old = applied(connection, migration_of(INITIAL, "0001_initial", case.name), ProjectState())
    after = target.mutate_state(old.clone())
    seeder = Seeder(connection, seed).with_constraints_of(after.apps)
    seeder.fill(old.apps, edge=False)
    measured = tuple(work(connection, seeder, old, target, rows) for rows in sizes)
    name = MigrationName("app", "0002_target")
    evidence = TargetEvidence(
        database="postgresql-18", fact=MigrationFact(name, path="", first_party=True), work=measured
    )
    return {
        finding.rule
        for judge in (blocking_lock.judge, table_rewrite.judge, grows_with_rows.judge)
        for finding in judge(evidence)
        if finding.severity == "warning"
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, database: BaseDatabaseWrapper) -> None:
    """The warnings are those derived by hand."""
    assert warnings_of(case, database, sizes=SIZES) == case.warnings


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(RUNS))
@pytest.mark.parametrize("case", REPEATED, ids=lambda case: case.name)
def test_other_sizes_and_rows(case: Case, database: BaseDatabaseWrapper, seed: int) -> None:
    """The warnings are the same with a hundred times as many rows, whatever values they have."""
    assert warnings_of(case, database, sizes=SIZES_OF_LARGE_TABLES, seed=seed) == case.warnings


@pytest.mark.parametrize("seed", range(RUNS))
@pytest.mark.parametrize("case", REPEATED, ids=lambda case: case.name)
def test_other_rows(case: Case, database: BaseDatabaseWrapper, seed: int) -> None:
    """The warnings are the same whatever values the rows have."""
    assert warnings_of(case, database, sizes=SIZES, seed=seed) == case.warnings
