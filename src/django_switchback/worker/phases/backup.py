"""A backup, verified: head with rows is dumped and restored, must be equal, and is rolled back."""

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
from django_switchback.worker.compare import snapshots
from django_switchback.worker.cycle.context import PartContext, django_key
from django_switchback.worker.migrate.migrator import MigrationKey, StepResult
from django_switchback.worker.migrate.rollback_order import Rollback, states_before, with_dependents
from django_switchback.worker.phases.dump import ProgramResult, dump, restore
from django_switchback.worker.phases.reparsed import rewrite_expressions
from django_switchback.worker.protocol import Job
from django_switchback.worker.snapshot.compare import compare_schemas
from django_switchback.worker.snapshot.compare_rows import compare_rows
from django_switchback.worker.snapshot.interface import RECORDER_TABLE, RowSet, Schema
from django_switchback.worker.snapshot.reading import schema
from django_switchback.worker.snapshot.table import quote_identifier


class BackupContent(NamedTuple):
    """Everything that a backup has to bring back.

    ``numbers`` says where each sequence stands, exactly; ``applied`` is what Django's recorder holds.
    """

    schema: Schema
    rows: RowSet
    numbers: Mapping[str, str]
    applied: frozenset[MigrationKey]


def verify_backup(context: PartContext, job: Job, applied: set[MigrationKey]) -> None:
    """Verify a backup of the current sandbox, which is at head; ``applied`` is what it has."""
    head = context.migrator.state_of(applied.__contains__)
    coverage = context.seeder.fill(head.apps, edge=False)
    file = Path(
        job.folder, f"{context.part.name}-{context.part.alias}-{context.sandboxes.current.engine}.dump"
    )
    source = context.sandboxes.current
    before = read_content(context.sandboxes.connection)
    copy = _dump_and_restore(context, job, file)
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
                comparison=_compared(context, source, before, after),
            )
        )
        whole = _roll_back(context, applied)
    if not whole:
        # Is it the backup's doing, or would the database that it was made of have refused as well?
        with context.sandboxes.switched_to(context.sandboxes.clone("control")):
            _roll_back(context, applied, control=True)


def read_content(connection: BaseDatabaseWrapper) -> BackupContent:
    """Return what the database of ``connection`` holds now."""
    now = snapshots.take_snapshot(connection)
    return BackupContent(
        schema=now.schema,
        rows=now.raw,
        numbers=dict(_numbers(connection, now.schema)),
        applied=frozenset(MigrationRecorder(connection).applied_migrations()),
    )


def _dump_and_restore(context: PartContext, job: Job, file: Path) -> Address | None:
    """Dump the current sandbox and return what was restored from it; ``None`` where either failed."""
    try:
        taken = dump(job, context.sandboxes.current, file)
        _log(context, "dump", taken, file.stat().st_size if file.exists() else 0)
        if taken.failure is not None:
            return None
        copy = context.sandboxes.create("restored")
        restored = restore(job, file, copy)
        _log(context, "restore", restored)
    finally:
        file.unlink(missing_ok=True)
    if restored.failure is None:
        # A dump has no roles: the server that it is restored on has them.
        context.sandboxes.server.adopt(copy)
        return copy
    context.sandboxes.drop(copy)
    return None


def _log(context: PartContext, step: str, done: ProgramResult, size: int = 0) -> None:
    context.log.add(
        BackupStep(
            database=context.database,
            step="dump" if step == "dump" else "restore",
            program=done.program,
            seconds=done.seconds,
            size=size,
            failure=done.failure,
        )
    )


def _numbers(connection: BaseDatabaseWrapper, found: Schema) -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
            if cursor.fetchone() is not None:
                cursor.execute("SELECT name, seq FROM sqlite_sequence")
                yield from ((name, str(number)) for name, number in cursor.fetchall())
            return
        for (kind, name), item in found.items():
            if kind == "sequence":
                sequence = ".".join(map(quote_identifier, item.parts[:2]))
                cursor.execute(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608 - quoted
                last, called = cursor.fetchone()
                yield name, f"{last}{'' if called else ' (not used yet)'}"


def compare_content(before: BackupContent, after: BackupContent) -> Comparison:
    """Return how ``after`` fails to be ``before``, exactly: keys, sequences and applied migrations too."""
    numbers = tuple(
        Difference("sequence", name, "different", None, "number", before.numbers[name], number)
        for name, number in sorted(after.numbers.items())
        if before.numbers.get(name, number) != number
    )
    differences = compare_schemas(before.schema, after.schema) + numbers
    return Comparison(
        schema=differences, rows=(*compare_rows(before.rows, after.rows), *_recorded(before, after))
    )


def _recorded(before: BackupContent, after: BackupContent) -> Iterator[RowDifference]:
    lost, added = before.applied - after.applied, after.applied - before.applied
    if lost or added:
        examples = tuple(
            RowExample("lost" if key in lost else "added", {"app": key[0], "name": key[1]})
            for key in sorted(lost | added)[:3]
        )
        yield RowDifference(RECORDER_TABLE, lost=len(lost), added=len(added), examples=examples)


def _compared(
    context: PartContext, source: Address, before: BackupContent, after: BackupContent
) -> Comparison:
    found = compare_content(before, after)
    if not found.schema or context.sandboxes.current.engine == "sqlite":
        return found
    with context.sandboxes.switched_to(context.sandboxes.clone_of(source, "reread")):
        rewrite_expressions(context.sandboxes.connection, before.schema, found.schema)
        reread = schema(context.sandboxes.connection)
    return compare_content(before._replace(schema=reread), after)


def _roll_back(context: PartContext, applied: set[MigrationKey], *, control: bool = False) -> bool:
    """Roll the release back, newest first; what something still needs stays. Return whether all went."""
    migrator = context.migrator
    graph = migrator.loader.graph
    rolled = with_dependents(migrator, applied, set(map(django_key, context.part.targets)) & applied)
    states = states_before(migrator, applied, rolled)
    stuck: set[MigrationKey] = set()

    def blocked(key: MigrationKey) -> bool:
        if any(child.key in stuck for child in graph.node_map[key].children):
            stuck.add(key)
        return key in stuck

    def step(key: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
        return context.run_step(key, "unwind", "rollback", action, rows="typical", trial=control)

    for key, taken in Rollback(migrator, applied).roll_back(rolled[::-1], states, step, blocked):
        if taken.failure is not None:
            stuck.add(key)
    return not stuck
