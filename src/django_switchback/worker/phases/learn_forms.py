"""Learns the form of the text that a data migration reads, where it cannot read what was made for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from django.db import utils
from django.db.migrations.state import ProjectState
from django.db.models import BinaryField, CharField, TextField

from django_switchback.evidence import Direction, NotRun, Phase, Rows, ValuesNotUnderstood
from django_switchback.sandbox.interface import Address
from django_switchback.worker.compare.snapshots import Snapshot, take_snapshot
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.cycle.cycle import Cycle
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.cycle.rows import SeededCycleRows
from django_switchback.worker.cycle.scope import CycleScope
from django_switchback.worker.cycle.steps import DisposableSteps
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.migrate.rollback_order import with_dependents
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.minimise.rows import decode_sqlite_text
from django_switchback.worker.phases.rollback_from_head import rolled_back_with_dependents
from django_switchback.worker.seed.interface import Field
from django_switchback.worker.seed.row_counts import managed_models
from django_switchback.worker.seed.values.text_forms import FORMS, Forms, TextForm, WrittenColumn

DATABASE_ERRORS = frozenset(name for name in dir(utils) if name.endswith("Error"))
"""Names of the exceptions that Django raises for database errors."""
_MAX_COLUMNS = 3
NO_FORMS: Forms = MappingProxyType({})


class Attempt(NamedTuple):
    """The failed step of a trial, and what the tables held before it.

    ``written`` tells the rows that the step may have failed to read.
    """

    direction: Direction
    written: Literal["before", "after"]
    result: StepResult
    before: Snapshot | None = None


Run: TypeAlias = Callable[[Forms, bool], Attempt | None]
"""Runs the target with text in these forms, and with rows of the new release or without."""


class LearnedForms(NamedTuple):
    """The forms with which the target runs, or the attempt and the column that it could not read."""

    forms: Forms = NO_FORMS
    failed: Attempt | None = None
    column: WrittenColumn | None = None


NOTHING_LEARNED = LearnedForms()


class FormLearner:
    """Tries forms for the columns that a target reads; ``state`` has their models."""

    def __init__(self, context: PartContext, state: ProjectState, run: Run) -> None:
        self._context = context
        self._run = run
        models = managed_models(state.apps, context.sandboxes.alias).values()
        self._fields: Mapping[tuple[str, str], Field] = {
            (model._meta.db_table, str(field.column)): field
            for model in models
            for field in model._meta.local_concrete_fields
            if isinstance(field, CharField | TextField | BinaryField)
        }

    def learn(self) -> LearnedForms:
        """Return the forms of programs (JSON, base64) with which the target passes.

        Nothing if none is needed, or if text that people type (a number, a date) is read: then others may
        have typed something else, and the failure stays the migration's. The column and the failure if no
        form is read.
        """
        forms: dict[WrittenColumn, TextForm] = {}
        attempt = self._run(forms, True)
        for _ in range(_MAX_COLUMNS):
            if attempt is None:
                return LearnedForms(forms)
            column = self._column(attempt)
            if column is None:
                return _without_column(forms, attempt)
            if attempt.written == "after" and self._run(forms, False) is not None:
                # What the forward step made of old rows, the reverse has to read.
                return LearnedForms(forms)
            if column in forms:
                return LearnedForms(failed=attempt, column=column)
            form, after = self._form_of(column, forms)
            if form is None:
                return LearnedForms(failed=attempt, column=column)
            if form.typed:
                return NOTHING_LEARNED
            forms = self._with_form(forms, column, form)
            attempt = after
        return NOTHING_LEARNED

    def _form_of(
        self, column: WrittenColumn, forms: dict[WrittenColumn, TextForm]
    ) -> tuple[TextForm | None, Attempt | None]:
        """Return the first form in which the column is read, and the attempt with it."""
        for form in self._fitting(column):
            attempt = self._run(self._with_form(forms, column, form), True)
            if attempt is None or self._column(attempt) != column:
                return form, attempt
        return None, None

    def _with_form(
        self, forms: dict[WrittenColumn, TextForm], column: WrittenColumn, form: TextForm
    ) -> dict[WrittenColumn, TextForm]:
        """Add a form; unless learned otherwise, the new release writes what the old one did."""
        _, table, name = column
        return {("after", table, name): form, **forms, column: form}

    def _fitting(self, column: WrittenColumn) -> Iterator[TextForm]:
        limit = getattr(self._fields[column[1:]], "max_length", None)
        for form in FORMS:
            if limit is None or len(form.make(Random(0), 0)) + 12 <= limit:  # noqa: S311 - rows, not secrets
                yield form

    def _column(self, attempt: Attempt) -> WrittenColumn | None:
        """Return the text column of rows made by us whose value the failed call was given."""
        for value, table, column in attempt.result.unread:
            places = [(table, column)] if table else list(_holding(attempt.before, value))
            for place in places:
                if place in self._fields and not (attempt.direction == "forward" and self._is_chosen(place)):
                    return (attempt.written, *place)
        return None

    def _is_chosen(self, place: tuple[str, str]) -> bool:
        """Return whether scenarios of the project give the rows of a table values."""
        return any(recipe.claims(self._fields[place].model) for recipe in self._context.scenarios.recipes)

    def record(self, key: MigrationKey, phase: Phase, learned: LearnedForms) -> None:
        """Log that the values of a column were not understood, so that the target counts as skipped."""
        if learned.failed is None or learned.column is None:
            return
        _, table, column = learned.column
        failure = learned.failed.result.failure
        field = self._fields[table, column]
        name = migration_name(key)
        reason = f"it cannot read the values made for {table}.{column}: values-not-understood"
        self._context.log.add(
            ValuesNotUnderstood(
                database=self._context.database,
                migration=name,
                phase=phase,
                direction=learned.failed.direction,
                table=table,
                column=column,
                failure="" if failure is None else f"{failure.type}: {failure.message.splitlines()[0][:120]}",
                model=f"{field.model._meta.label}.{field.name}",
                tried=tuple(form.name for form in self._fitting(learned.column)),
            ),
            NotRun(database=self._context.database, migration=name, reason=reason),
        )


def learn_forms_of_cycle(
    context: PartContext, key: MigrationKey, seen: CycleResult, unseeded: UnseededSandbox
) -> LearnedForms:
    """Learn the form of the text that ``key`` reads, if reading it is what failed; log it if that fails."""
    if seen.failed is None or seen.last_step is None or not seen.last_step.unread:
        return NOTHING_LEARNED

    def run(forms: Forms, new: bool) -> Attempt | None:
        kind: Rows = "new" if new else "typical"
        trial = context.with_forms(forms)
        rows = SeededCycleRows(trial, key, kind, edge=False, many=False, recorded=False)
        scope = CycleScope(signals=False, reapply=False, statements=False, checks=False)
        steps = DisposableSteps(lambda _, action: action())
        with context.sandboxes.switched_to(unseeded.clone("trial")):
            result = Cycle(trial, key, rows, steps, scope, kind=kind, edge=False).run(unseeded.state())
        if result.failed is None or result.last_step is None:
            return None
        written: Literal["before", "after"] = "before" if result.failed == "forward" else "after"
        return Attempt(result.failed, written, result.last_step, result.latest_snapshot)

    learner = FormLearner(context, unseeded.state(), run)
    learned = learner.learn()
    learner.record(key, "cycle", learned)
    return learned


def learn_forms_from_head(
    context: PartContext,
    applied: set[MigrationKey],
    head: Address,
    key: MigrationKey,
    failed: StepResult,
    *,
    reapply: bool,
) -> LearnedForms:
    """Learn the form of the text that rolling ``key`` back from head, or applying it again, reads."""
    if not failed.unread:
        return NOTHING_LEARNED
    state = context.migrator.state_of(applied.__contains__)

    def run(forms: Forms, new: bool) -> Attempt | None:
        with context.sandboxes.switched_to(context.sandboxes.clone_of(head, "trial")):
            context.seeder.with_forms(forms).fill(state.apps, edge=False)
            now = take_snapshot(context.sandboxes.connection)
            result = rolled_back_with_dependents(context, applied, key, _unrecorded)
            if result is None and reapply:
                result = _applied_again(context, applied, key)
        direction: Direction = "reapply" if reapply else "rollback"
        return None if result is None else Attempt(direction, "before", result, now)

    learner = FormLearner(context, state, run)
    learned = learner.learn()
    learner.record(key, "unwind", learned)
    return learned


def _unrecorded(key: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
    return action()


def _applied_again(context: PartContext, applied: set[MigrationKey], key: MigrationKey) -> StepResult | None:
    """Apply ``key`` again after its rollback; return its failure."""
    migrator = context.migrator
    rolled = set(with_dependents(migrator, applied, {key}))
    state = migrator.state_of(lambda other: other in applied - rolled)
    results = [result for _, result in migrator.forward_all(state, [key])]
    return next((result for result in results if result.failure is not None), None)


def _without_column(forms: dict[WrittenColumn, TextForm], attempt: Attempt) -> LearnedForms:
    """Return what an attempt shows that failed otherwise than by reading a text.

    With a form, what is to be within the text is not known, unless the database refuses the result.
    """
    failure = attempt.result.failure
    if not forms:
        return NOTHING_LEARNED
    if failure is not None and failure.type in DATABASE_ERRORS:
        return LearnedForms(forms)
    return LearnedForms(failed=attempt, column=list(forms)[-1])


def _holding(snapshot: Snapshot | None, value: str | bytes) -> Iterator[tuple[str, str]]:
    """Yield the columns that hold ``value``."""
    if snapshot is None:
        return
    for table, content in snapshot.raw.items():
        for row in content.rows.values():
            for column, text in row.items():
                if value in (text, decode_sqlite_text(text)):
                    yield table, column
