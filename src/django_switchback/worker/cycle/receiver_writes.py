"""Finds what receivers of signals write in a step, and at a ``migrate`` with nothing to do: the control."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TypeAlias

from django.db import Error
from django.db.migrations.state import ProjectState

from django_switchback.evidence import Comparison, ReceiversWrote, Rows
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare import snapshots
from django_switchback.worker.compare.django_rows import MANAGED_BY_DJANGO
from django_switchback.worker.compare.signal_writes import (
    NO_WRITES,
    ControlPoint,
    RaisedBy,
    ReceiverControl,
    Writes,
    at_every_migrate,
    leave_out,
    merge_writes,
    writes_between,
)
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.cycle.result import NO_DIFFERENCE
from django_switchback.worker.cycle.rows import SeededCycleRows
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.migrate import whole_migrate
from django_switchback.worker.migrate.signals.receivers import MigrateSignal
from django_switchback.worker.migrate.signals.send_signals import MigrateSignals
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.snapshot.interface import RowKey

SnapshotPair: TypeAlias = tuple[Snapshot, Snapshot]


class SignalObserver:
    """Takes snapshots around the signals of a cycle or unwind, and leaves out what receivers write.

    ``take_snapshot`` takes a snapshot given an earlier one; ``control`` returns what receivers write at a
    ``migrate`` with nothing to do, and is called at most once, if a comparison needs it.
    """

    def __init__(
        self, take_snapshot: Callable[[Snapshot], Snapshot], control: Callable[[], Writes], base: Snapshot
    ) -> None:
        self._take_snapshot = take_snapshot
        self._control = control
        self._control_writes: Writes | None = None
        self._latest = base
        self._pairs: list[SnapshotPair] = []
        self._of_step: dict[MigrateSignal, SnapshotPair] = {}

    @contextmanager
    def observed_step(self, signals: MigrateSignals) -> Iterator[None]:
        """Observe the ``signals`` of the block, which runs one step."""
        self._of_step = {}
        with signals.observed(self._observe):
            yield

    @contextmanager
    def _observe(self, signal: MigrateSignal) -> Iterator[None]:
        """Take a snapshot before and after the block, which sends ``signal``, also if a receiver raises."""
        before = self._take_snapshot(self._latest)
        try:
            yield
        except Exception:
            # If the connection is lost, what the receiver raised is what is reported.
            with suppress(Error):
                self._add(signal, before)
            raise
        self._add(signal, before)

    def _add(self, signal: MigrateSignal, before: Snapshot) -> None:
        self._latest = self._take_snapshot(before)
        self._of_step[signal] = before, self._latest
        self._pairs.append(self._of_step[signal])

    def without_signals(self, earlier: Snapshot, later: Snapshot) -> SnapshotPair:
        """Return the snapshots around the migration itself; ``earlier`` and ``later`` if none were taken."""
        pre, post = self._of_step.get("pre_migrate"), self._of_step.get("post_migrate")
        return earlier if pre is None else pre[1], later if post is None else post[0]

    def added_keys(self, applied: Snapshot, now: Snapshot) -> dict[str, set[RowKey]]:
        """Return the keys that both signals of the step added; ``applied`` was taken before the later one."""
        pre = self._of_step.get("pre_migrate", (applied, applied))
        return snapshots.union_by_table(snapshots.added_keys(*pre), snapshots.added_keys(applied, now))

    def compare(
        self, compare: Callable[[Snapshot], Comparison], now: Snapshot, *references: Snapshot
    ) -> Comparison:
        """Compare ``now``; if it differs, without what receivers wrote and write at every ``migrate``.

        See :func:`~django_switchback.worker.compare.signal_writes.leave_out` for ``references``.
        """
        comparison = compare(now)
        if comparison == NO_DIFFERENCE or not self._pairs:
            return comparison
        observed = self._written()
        if observed == NO_WRITES:
            return comparison
        if self._control_writes is None:
            self._control_writes = self._control()
        return compare(leave_out(at_every_migrate(observed, self._control_writes), now, *references))

    def _written(self) -> Writes:
        return merge_writes(writes_between(*pair) for pair in self._pairs)

    def leave_out_all(self, now: Snapshot, reference: Snapshot) -> Snapshot:
        """Return ``now`` without anything that receivers wrote, whether at every ``migrate`` or not."""
        return leave_out(self._written(), now, reference)


class TargetControl(ReceiverControl):
    """Returns what receivers write at a ``migrate`` with nothing to do, before and after the target ``key``.

    ``unseeded`` returns a sandbox right before the target without seeded rows, ``None`` if there is none: the
    control seeds a clone of it. With ``keeps``, it runs on the cycle's own rows, in clones of the sandbox
    (see :meth:`keep`). Run once, when first called.
    """

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        unseeded: Callable[[], UnseededSandbox | None],
        *,
        keeps: bool = False,
    ) -> None:
        self._context = context
        self._key = key
        self._unseeded = unseeded
        self._keeps = keeps and not context.seeder.makes_many
        self._kept: dict[ControlPoint, tuple[Address, ProjectState]] = {}

    def __call__(self) -> Writes:
        """Return the writes of both, merged."""
        return merge_writes((self._before, self._after, self._after_with_new_rows))

    def keep(self, at: ControlPoint, state: ProjectState) -> None:
        """Keep a clone of the current sandbox, which is at ``state``, if receivers may write.

        Seeding the control's rows anew takes longer than the cycle.
        """
        if self._keeps and self._context.migrator.signals.may_write:
            self._kept[at] = self._context.sandboxes.clone("seeded"), state

    def drop(self) -> None:
        """Drop the clones that were kept."""
        for address, _ in self._kept.values():
            self._context.sandboxes.drop(address)
        self._kept = {}

    def raised(self) -> Collection[RaisedBy]:
        """Return the exceptions of receivers before the target, and after it without rows.

        With rows, the target itself may have made those that a receiver raises for.
        """
        return self._before.raised | self._after_without_rows.raised

    @cached_property
    def _before(self) -> Writes:
        with self._with_rows() as state:
            return NO_WRITES if state is None else writes_with_nothing_to_do(self._context, state)

    @cached_property
    def _after(self) -> Writes:
        with self._with_rows() as state:
            return NO_WRITES if state is None else self._writes_after_target(state, "edge")

    @cached_property
    def _after_with_new_rows(self) -> Writes:
        """What is written after the target, and new rows: those of the walk may be up to date already."""
        if "after" not in self._kept:
            return NO_WRITES
        with self._on_kept("after") as state:
            return writes_with_nothing_to_do(self._context, state)

    @cached_property
    def _after_without_rows(self) -> Writes:
        unseeded = self._unseeded()
        if unseeded is None:
            return NO_WRITES
        with self._context.sandboxes.switched_to(unseeded.clone("control")):
            return self._writes_after_target(unseeded.state(), "none")

    @contextmanager
    def _with_rows(self) -> Iterator[ProjectState | None]:
        """Switch to a clone with rows for the block, and yield its state; ``None`` if there is none."""
        if "before" in self._kept:
            with self._on_kept("before") as state:
                yield state
            return
        unseeded = self._unseeded()
        if unseeded is None:
            yield None
            return
        with self._context.sandboxes.switched_to(unseeded.clone("control")):
            yield self._filled(unseeded)

    @contextmanager
    def _on_kept(self, at: ControlPoint) -> Iterator[ProjectState]:
        address, state = self._kept[at]
        sandboxes = self._context.sandboxes
        with sandboxes.switched_to(sandboxes.clone_of(address, "control")):
            yield state

    def _writes_after_target(self, state: ProjectState, rows: Rows) -> Writes:
        """Apply the target without signals to the current sandbox; return the writes thereafter."""
        context, key, after = self._context, self._key, state.clone()
        applied = context.run_step(
            key,
            "cycle",
            "forward",
            lambda: context.migrator.apply(after, key, signals=False, origin=state),
            rows=rows,
            trial=True,
        )
        return NO_WRITES if applied.failure is not None else writes_with_nothing_to_do(context, after)

    def _filled(self, unseeded: UnseededSandbox) -> ProjectState:
        """Seed the current sandbox, a clone of ``unseeded``, and return its state."""
        state = unseeded.state()
        SeededCycleRows(self._context, self._key, "edge", many=False, recorded=False).insert_old(state)
        return state


def writes_with_nothing_to_do(context: PartContext, state: ProjectState) -> Writes:
    """Return what the signals of a ``migrate`` with nothing to do write to the current sandbox; record it.

    The receivers named are those with a statement that names the table; all that wrote if none does.
    """
    connection, signals = context.sandboxes.connection, context.migrator.signals
    before = snapshots.take_snapshot(connection)
    signals.written.clear()
    with signals.observed(None):
        result = whole_migrate.send_signals(context.migrator, state.clone(), ())
    writes = writes_between(before, snapshots.take_snapshot(connection, before))
    writes = _by_own_receivers(signals.written, writes)
    if result.receiver and result.failure is not None:
        writes = writes._replace(raised=frozenset({RaisedBy(result.receiver, result.failure.type)}))
        raised = f"{result.failure.type}: {result.failure.message}"
        context.log.add(
            ReceiversWrote(database=context.database, receivers=(result.receiver,), raised=raised)
        )
    context.log.add(*_records(context, writes))
    return writes


def _by_own_receivers(written: Mapping[str, Collection[str]], writes: Writes) -> Writes:
    """Return ``writes`` without what only Django's own receivers can have written."""
    if not written:
        return NO_WRITES
    texts = [text for of_receiver in written.values() for text in of_receiver]
    return writes._replace(
        rows={
            table: content
            for table, content in writes.rows.items()
            if table not in MANAGED_BY_DJANGO or any(table in text for text in texts)
        }
    )


def _records(context: PartContext, writes: Writes) -> Iterator[ReceiversWrote]:
    for table, written in writes.rows.items():
        yield ReceiversWrote(
            database=context.database,
            receivers=_named(context, table),
            table=table,
            columns=tuple(sorted(written.columns)),
            added=len(written.added),
            deleted=len(written.deleted),
        )
    for kind, name in writes.schema:
        if kind != "sequence":
            yield ReceiversWrote(
                database=context.database, receivers=_named(context, name), object=f"{kind} {name}"
            )


def _named(context: PartContext, name: str) -> tuple[str, ...]:
    written = context.migrator.signals.written
    naming = [receiver for receiver, texts in written.items() if any(name in text for text in texts)]
    return tuple(sorted(naming or written))
