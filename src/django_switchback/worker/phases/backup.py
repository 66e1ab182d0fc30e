"""Verifies a backup: dumps and restores head with rows, compares both, and rolls the restored copy back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from django_switchback.evidence import (
    BackupCompared,
    BackupStep,
    Comparison,
    Difference,
    RowDifference,
    RowExample,
)
from django_switchback.sandbox.interface import Address
from django_switchback.sandbox.run_files import RunFiles
from django_switchback.worker.compare import snapshots
from django_switchback.worker.cycle.context import PartContext, django_key
from django_switchback.worker.cycle.safety_clone import SafetyClone
from django_switchback.worker.migrate.rollback_order import Rollback, states_before, with_dependents
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.phases.dump import ProgramResult, dump, restore
from django_switchback.worker.phases.reparsed_definitions import rewrite_expressions
from django_switchback.worker.protocol import WorkerConfig
from django_switchback.worker.snapshot.compare_rows import compare_rows
from django_switchback.worker.snapshot.compare_schemas import compare_schemas
from django_switchback.worker.snapshot.interface import RECORDER_TABLE, RowSet, Schema
from django_switchback.worker.snapshot.reading import schema
from django_switchback.worker.snapshot.table_layout import quote_identifier
from django_switchback.worker.stopwatch import STOPWATCH


class BackupContent(NamedTuple):
    """The contents of a database that a backup must restore.

    ``sequence_positions`` holds each sequence's exact position, ``applied`` the rows of Django's recorder.
    """

    schema: Schema
    rows: RowSet
    sequence_positions: Mapping[str, str]
    applied: frozenset[MigrationKey]


@STOPWATCH.phase("backup")
def verify_backup(context: PartContext, config: WorkerConfig, applied: set[MigrationKey]) -> None:
    """Verify a backup of the current sandbox, which is at head with the migrations in ``applied``."""
    head = context.migrator.state_of(applied.__contains__)
    coverage = context.seeder.fill(head.apps, edge=False)
    file = RunFiles(Path(config.folder)).dump(
        context.part.name, context.part.alias, context.sandboxes.current.engine
    )
    source = context.sandboxes.current
    before = read_content(context.sandboxes.connection)
    copy = _dump_and_restore(context, config, file)
    if copy is None:
        return
    with context.sandboxes.switched_to(copy):
        after = read_content(context.sandboxes.connection)
        context.log.add(
            BackupCompared(
                database=context.database,
                tables=coverage.tables,
                rows=sum(len(table.rows) for table in before.rows.values()),
                empty=dict(coverage.empty),
                comparison=_compare(context, source, before, after),
            )
        )
        complete = _roll_back(context, applied)
    if not complete:
        # Control: does the rollback fail on the original database too, or only after the restore?
        with context.sandboxes.switched_to(context.sandboxes.clone("control")):
            _roll_back(context, applied, control=True)


def read_content(connection: BaseDatabaseWrapper) -> BackupContent:
    """Read the contents of the database of ``connection``."""
    snapshot = snapshots.take_snapshot(connection)
    return BackupContent(
        schema=snapshot.schema,
        rows=snapshot.raw,
        sequence_positions=dict(_sequence_positions(connection, snapshot.schema)),
        applied=frozenset(MigrationRecorder(connection).applied_migrations()),
    )


def _dump_and_restore(context: PartContext, config: WorkerConfig, file: Path) -> Address | None:
    """Dump the current sandbox and restore it into a new one; return that, or ``None`` after a failure."""
    try:
        result = dump(config, context.sandboxes.current, file)
        _record_step(context, "dump", result, file.stat().st_size if file.exists() else 0)
        if result.failure is not None:
            return None
        copy = context.sandboxes.create("restored")
        restored = restore(config, file, copy)
        _record_step(context, "restore", restored)
    finally:
        file.unlink(missing_ok=True)
    if restored.failure is None:
        # A dump contains no roles: they belong to the server on which it is restored.
        context.sandboxes.server.adopt(copy)
        return copy
    context.sandboxes.drop(copy)
    return None


def _record_step(context: PartContext, step: str, result: ProgramResult, size: int = 0) -> None:
    context.log.add(
        BackupStep(
            database=context.database,
            step="dump" if step == "dump" else "restore",
            program=result.program,
            seconds=result.seconds,
            size=size,
            failure=result.failure,
        )
    )


def _sequence_positions(connection: BaseDatabaseWrapper, objects: Schema) -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
            if cursor.fetchone() is not None:
                cursor.execute("SELECT name, seq FROM sqlite_sequence")
                yield from ((name, str(number)) for name, number in cursor.fetchall())
            return
        for (kind, name), item in objects.items():
            if kind == "sequence":
                sequence = ".".join(map(quote_identifier, item.parts[:2]))
                cursor.execute(f"SELECT last_value, is_called FROM {sequence}")
                last, called = cursor.fetchone()
                yield name, f"{last}{'' if called else ' (not used yet)'}"


def compare_content(before: BackupContent, after: BackupContent) -> Comparison:
    """Compare two contents exactly, including keys, sequence positions and applied migrations."""
    sequence_positions = tuple(
        Difference("sequence", name, "different", None, "number", before.sequence_positions[name], number)
        for name, number in sorted(after.sequence_positions.items())
        if before.sequence_positions.get(name, number) != number
    )
    differences = compare_schemas(before.schema, after.schema) + sequence_positions
    return Comparison(
        schema=differences,
        rows=(*compare_rows(before.rows, after.rows), *_recorder_differences(before, after)),
    )


def _recorder_differences(before: BackupContent, after: BackupContent) -> Iterator[RowDifference]:
    lost, added = before.applied - after.applied, after.applied - before.applied
    if lost or added:
        examples = tuple(
            RowExample("lost" if key in lost else "added", {"app": key[0], "name": key[1]})
            for key in sorted(lost | added)[:3]
        )
        yield RowDifference(RECORDER_TABLE, lost=len(lost), added=len(added), examples=examples)


def _compare(
    context: PartContext, source: Address, before: BackupContent, after: BackupContent
) -> Comparison:
    comparison = compare_content(before, after)
    if not comparison.schema or context.sandboxes.current.engine == "sqlite":
        return comparison
    with context.sandboxes.switched_to(context.sandboxes.clone_of(source, "reread")):
        rewrite_expressions(context.sandboxes.connection, before.schema, comparison.schema)
        reparsed = schema(context.sandboxes.connection)
    return compare_content(before._replace(schema=reparsed), after)


def _roll_back(context: PartContext, applied: set[MigrationKey], *, control: bool = False) -> bool:
    """Roll the release back, newest first, except what failures block; return whether all succeeded."""
    migrator = context.migrator
    graph = migrator.loader.graph
    rolled = with_dependents(migrator, applied, set(map(django_key, context.part.targets)) & applied)
    states = states_before(migrator, applied, rolled)
    blocking: set[MigrationKey] = set()

    def blocked(key: MigrationKey) -> bool:
        if any(child.key in blocking for child in graph.node_map[key].children):
            blocking.add(key)
        return key in blocking

    def step(key: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
        safety = SafetyClone(context, key)
        result = context.run_step(key, "unwind", "rollback", action, rows="typical", trial=control)
        if result.failure is None:
            safety.drop()
        else:
            safety.restore()
        return result

    for key, result in Rollback(migrator, applied).roll_back(rolled[::-1], states, step, blocked):
        if result.failure is not None:
            blocking.add(key)
    return not blocking
