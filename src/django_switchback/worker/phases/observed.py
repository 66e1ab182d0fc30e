"""What a cycle showed, written down; and with how few rows it shows again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal

from django.db import utils

from django_switchback.evidence import (
    AnyRecord,
    Classified,
    Compared,
    Comparison,
    Covered,
    OldCodeTried,
    OperationsRan,
    Rows,
)
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.cycle import Cycle, CycleResult
from django_switchback.worker.cycle.empty_sandbox import UnseededTrack
from django_switchback.worker.cycle.old_release import StatementAttempt, try_old_release
from django_switchback.worker.migrate.migrator import MigrationKey
from django_switchback.worker.minimise.minimise import Minimiser
from django_switchback.worker.minimise.row_kinds import (
    OLD,
    ROW_KINDS,
    ROW_KINDS_WITHOUT_EDGE,
    SymptomKey,
    smallest_row_kinds,
)
from django_switchback.worker.minimise.seeded_trials import SeededTrials
from django_switchback.worker.minimise.symptom import shows_again, symptoms

_DATABASE = frozenset(name for name in dir(utils) if name.endswith("Error"))
"""The names of what Django raises for the errors of a database."""


def record_cycle(
    context: PartContext, key: MigrationKey, seen: CycleResult, *, without_edge: bool = False
) -> None:
    """Write down what the cycle of ``key`` showed, but for its steps, which are written already."""
    context.log.add(*_records(context, key, seen, without_edge=without_edge))


def _records(
    context: PartContext, key: MigrationKey, seen: CycleResult, *, without_edge: bool
) -> Iterator[AnyRecord]:
    migration = migration_name(key)
    if seen.coverage is not None:
        yield Covered(
            database=context.database,
            migration=migration,
            tables=seen.coverage.tables,
            seeded=seen.coverage.seeded,
            empty=dict(seen.coverage.empty),
            touched=seen.touched,
            rows=seen.rows,
            unwritten=dict(seen.unwritten),
            chosen=seen.coverage.chosen,
            fewer=dict(seen.coverage.fewer),
            scenarios=context.scenarios.expected(key),
            without_edge=without_edge,
        )
    comparisons: tuple[tuple[Literal["restored", "reapplied", "after-failure"], Comparison | None], ...] = (
        ("restored", seen.restored),
        ("reapplied", seen.reapplied),
        ("after-failure", seen.left_by_failure),
    )
    for name, comparison in comparisons:
        if comparison is not None:
            yield Compared(
                database=context.database,
                migration=migration,
                phase="cycle",
                moment=name,
                rows_on_board=seen.row_kind,
                comparison=comparison,
                dropped_by_nature=seen.dropped_with_target if name == "restored" else (),
                without_edge=without_edge,
            )
    for change in seen.changes:
        yield OperationsRan(
            database=context.database,
            migration=migration,
            phase="cycle",
            direction=change.direction,
            changed=change.changed,
            operations=change.operations,
            without_edge=without_edge,
        )
    yield from (
        _tried(context, key, attempt, without_edge=without_edge)
        for attempt in seen.attempts
        if attempt.failure is None
    )


def classify_symptoms(
    context: PartContext, key: MigrationKey, seen: CycleResult, bare: UnseededTrack
) -> None:
    """Try the cycle again with fewer rows, until the fewest are known with which each trouble shows.

    ``bare`` stands right before ``key``. Those fewest rows are written down with the trouble. What edge rows
    alone bring out hides what others would: ``key`` is taken through its cycle without them as well.
    """
    searches = [_RowKindSearch(context, key, seen, bare, ROW_KINDS)]
    try:
        if "edge" in searches[0].found.values():
            searches += _repeats(context, key, seen, bare)
        # Last: by then all that judges the target is written down, whatever these trials come to.
        for search in searches:
            search.reduce()
    finally:
        for search in searches:
            search.boards.drop()


class _FewRowsCycle(Cycle):
    """A cycle with few rows, whatever the run was asked for."""

    many = False


def _repeats(
    context: PartContext, key: MigrationKey, first: CycleResult, bare: UnseededTrack
) -> Iterator[_RowKindSearch]:
    """Repeat the cycle without edge rows, and without new ones where these keep it from its end as well."""
    again = _without_edge(context, key, first, bare)
    if again.sound or again.failed == "forward":
        return
    search = _RowKindSearch(context, key, again, bare, ROW_KINDS_WITHOUT_EDGE)
    yield search
    if again.failed is None or search.found["step", again.failed] != "new":
        return
    kind = _FewRowsCycle if context.seeder.makes_many else Cycle
    typical = _repeated(kind(context, key, rows="typical", edge=False), context, key, bare)
    if not typical.sound and typical.failed != "forward":
        yield _RowKindSearch(context, key, typical, bare, OLD)


def _without_edge(
    context: PartContext, key: MigrationKey, first: CycleResult, bare: UnseededTrack
) -> CycleResult:
    """Return what a cycle with typical and new rows shows, beside ``first``, which had edge rows.

    Copies may do what edge rows do: where anything is amiss with many rows, there is another one with few.
    """
    seen = _repeated(Cycle(context, key, edge=False), context, key, bare)
    if seen.sound or not context.seeder.makes_many:
        return seen
    few = _repeated(_FewRowsCycle(context, key, edge=False), context, key, bare)
    alike = {
        (symptom.about, symptom.direction) for symptom in symptoms(seen) if shows_again(symptom, first, seen)
    }
    for trouble in sorted(alike.difference(_troubles(few))):
        _classified(context, key, trouble, "edge", without_edge=True)
    return few


def _repeated(cycle: Cycle, context: PartContext, key: MigrationKey, bare: UnseededTrack) -> CycleResult:
    with context.sandboxes.switched_to(bare.clone("again")):
        seen = cycle.run(bare.state())
        record_cycle(context, key, seen, without_edge=True)
    return seen


class _RowKindSearch:
    """The fewest rows ``among`` those given for the troubles of one cycle, found and written down."""

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        seen: CycleResult,
        bare: UnseededTrack,
        among: tuple[Rows, ...],
    ) -> None:
        self._context = context
        self._key = key
        self._seen = seen
        self._bare = bare
        self._troubles = tuple(_troubles(seen))
        self.boards = self._aboard(among)
        self.found = self._fewest(among)
        self._without_edge = "edge" not in among
        for trouble, rows in self.found.items():
            _classified(context, key, trouble, rows, without_edge=self._without_edge)
        _control(context, key, seen, bare, edge="edge" in among)

    def _aboard(self, among: tuple[Rows, ...]) -> SeededTrials:
        far = any(direction == "reapply" for _, direction in self._troubles)
        return SeededTrials(
            self._context, self._key, self._bare, self._seen, with_reapply=far, edge="edge" in among
        )

    def _fewest(self, among: tuple[Rows, ...]) -> dict[SymptomKey, Rows | None]:
        """Return the fewest rows for each trouble; none may show by want of signals alone.

        Edge rows that never come as far as those did that had gone through earlier targets say nothing.
        """
        found: Mapping[SymptomKey, Rows | None] = smallest_row_kinds(
            self._troubles, self._shows, among, refused=self._refused
        )
        if "edge" in among and self.boards.short:
            self.boards.drop()
            self.boards = self._aboard(ROW_KINDS_WITHOUT_EDGE)
            found = self._fewest(ROW_KINDS_WITHOUT_EDGE)
            # What does not show without edge rows at all takes those that had come here, if anything does.
            return {
                trouble: rows if rows is not None and trouble in self._shows(rows) else None
                for trouble, rows in found.items()
            }
        if all(rows is not None and trouble in self._shows(rows) for trouble, rows in found.items()):
            return dict(found)
        self.boards.with_signals()
        found = smallest_row_kinds(self._troubles, self._shows, among, refused=self._refused)
        return {trouble: self._verified(trouble, rows) for trouble, rows in found.items()}

    def _verified(self, trouble: SymptomKey, rows: Rows) -> Rows | None:
        """Return ``rows``; ``None`` for edge rows with which ``trouble`` is not seen again.

        A repeat without edge rows proves a pass only of a target whose trouble takes them. One from outside,
        a connection that was lost, does not come again with them.
        """
        if rows != "edge" or trouble in self._shows(rows):
            return rows
        return rows if self._context.seeder.makes_many and trouble in self._repeated_with_copies else None

    @cached_property
    def _repeated_with_copies(self) -> frozenset[SymptomKey]:
        """What shows again with as many rows as the run was asked for: copies may do what edge rows do."""
        with self._context.sandboxes.switched_to(self._bare.clone("again")):
            seen = Cycle(self._context, self._key, trial=True).run(self._bare.state())
        return frozenset(_troubles(seen))

    @property
    def _refused(self) -> bool:
        """Whether a step failed by what the database said."""
        failure = None if self._seen.failed_step is None else self._seen.failed_step.failure
        return failure is not None and failure.type in _DATABASE

    def _shows(self, rows: Rows) -> tuple[SymptomKey, ...]:
        if rows == "none" and self.boards.take_rows:
            return ()
        return tuple(_troubles(self.boards.get(rows)[1]))

    def reduce(self) -> None:
        """Look for the smallest set of rows that does it, for each trouble that takes rows."""
        known = {trouble: rows for trouble, rows in self.found.items() if rows is not None}
        if all(rows == "none" for rows in known.values()):
            return
        reducer = Minimiser(
            self._context, self._key, self._bare, self.boards, without_edge=self._without_edge
        )
        for trouble, rows in known.items():
            reducer.record(*trouble, rows)


def _troubles(seen: CycleResult) -> Iterator[SymptomKey]:
    if seen.failed is not None:
        yield "step", seen.failed
    if seen.restored is not None and seen.restored.rows:
        yield "restored", "rollback"
    if seen.reapplied is not None and seen.reapplied.rows:
        yield "reapplied", "reapply"


def _classified(
    context: PartContext, key: MigrationKey, trouble: SymptomKey, fewest: Rows | None, *, without_edge: bool
) -> None:
    context.log.add(
        Classified(
            database=context.database,
            migration=migration_name(key),
            phase="cycle",
            about=trouble[0],
            direction=trouble[1],
            fewest=fewest,
            without_edge=without_edge,
        )
    )


def _control(
    context: PartContext, key: MigrationKey, seen: CycleResult, bare: UnseededTrack, *, edge: bool
) -> None:
    """Try the statements of the old release that failed on a copy where the target never was."""
    failed = [attempt for attempt in seen.attempts if attempt.failure is not None]
    if not failed:
        return
    with context.sandboxes.switched_to(bare.clone("control")):
        state = bare.state()
        context.seeder.fill(state.apps, edge=edge)
        tables = {attempt.table for attempt in failed}
        before = try_old_release(context.sandboxes.connection, state.apps, tables, context.seeder)
    control = {(attempt.table, attempt.statement): attempt for attempt in before}
    context.log.add(
        *(
            _tried(
                context,
                key,
                attempt,
                control.get((attempt.table, attempt.statement)),
                without_edge=not edge,
            )
            for attempt in failed
        )
    )


def _tried(
    context: PartContext,
    key: MigrationKey,
    attempt: StatementAttempt,
    control: StatementAttempt | None = None,
    *,
    without_edge: bool,
) -> OldCodeTried:
    return OldCodeTried(
        database=context.database,
        migration=migration_name(key),
        table=attempt.table,
        statement=attempt.statement,
        failure=attempt.failure,
        untried=attempt.untried,
        before=None if control is None else control.failure,
        without_edge=without_edge,
    )
