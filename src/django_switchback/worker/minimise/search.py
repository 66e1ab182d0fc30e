"""Searches for the minimal rows that reproduce a symptom, and for the values in them that matter."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import NamedTuple

from django.db import Error

from django_switchback.evidence import SeededRow
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.minimise.default_values import default_values, readable_values
from django_switchback.worker.minimise.delta_debugging import MinimalSet, minimise
from django_switchback.worker.minimise.pytest_module.write_test import TestSubject, render_test
from django_switchback.worker.minimise.ranking import Hints, hints_from, mentioned_columns, rank
from django_switchback.worker.minimise.rolled_back_transaction import NotRolledBack
from django_switchback.worker.minimise.rows import RowId, RowsById, quoted_tables, resolve_foreign_keys
from django_switchback.worker.minimise.symptom import (
    Symptom,
    shows_again,
    subject_tables,
    symptom_differences,
)
from django_switchback.worker.minimise.trial_database import Isolation, TrialDatabase
from django_switchback.worker.minimise.trial_rows import SeededRows
from django_switchback.worker.seed.references.order import dependency_order
from django_switchback.worker.snapshot.interface import RowTexts


class SearchResult(NamedTuple):
    """The result of a search, ready to be recorded."""

    rows: tuple[SeededRow, ...]
    test: str
    trials: int
    complete: bool


class MinimalRows(NamedTuple):
    """Rows that reproduce a symptom, their required values, and whether the set is known to be minimal."""

    rows: RowsById
    required_values: tuple[tuple[RowId, str], ...]
    complete: bool


class RowSearch:
    """Searches for one symptom's minimal rows first, then for the values that matter in them."""

    _subject_tables: tuple[str, ...] = ()
    """The tables of which the finding shows seeded rows, each of which must be found again."""

    def __init__(
        self,
        database: TrialDatabase,
        subject: TestSubject,
        symptom: Symptom,
        seeded: SeededRows,
        first: CycleResult,
    ) -> None:
        self._database = database
        self._subject = subject
        self._symptom = symptom
        self._seeded = seeded
        self._first = first
        failure = first.last_step.failure if symptom.about == "step" and first.last_step is not None else None
        self._hints: Hints = hints_from(failure, symptom_differences(symptom, first), first.changed_tables)
        self._subject_tables = subject_tables(symptom_differences(symptom, first), seeded.rows, seeded.keys)
        self._isolation: Isolation
        self._trials = 0

    def run(self) -> SearchResult | None:
        """Return the minimal rows; ``None`` if the recorded rows alone do not reproduce the symptom.

        They hold a row of each table that the finding shows differing rows of, if that reproduces. A result
        must be confirmed on a clone with all signals; otherwise the next isolation is tried.
        """
        result = self._run_isolated()
        if result is None and self._subject_tables:
            self._subject_tables = ()
            result = self._run_isolated()
        return result

    def _run_isolated(self) -> SearchResult | None:
        for isolation in self._database.isolations:
            self._isolation = isolation
            self._referred_rows = resolve_foreign_keys(self._seeded.rows, self._seeded.foreign_keys)
            minimal = None
            with suppress(NotRolledBack), self._database.prepared(isolation):
                minimal = self._find()
            result = None if minimal is None else self._confirm(minimal)
            if result is not None:
                return result
        return None

    def _find(self) -> MinimalRows | None:
        rows = self._minimal_row_ids(
            rank(self._seeded.rows, self._hints, self._seeded.refused), self._seeded.rows
        )
        if rows is None:
            return None
        kept = self._ordered_rows(rows.kept, self._seeded.rows)
        values = self._required_values(kept)
        if values is None:
            # None was tried with another value: those count that the symptom names.
            return MinimalRows(kept, tuple(self._mentioned(kept)), rows.complete)
        return MinimalRows(
            self._without_unreferenced(self._with_default_values(kept, values.kept)),
            values.kept,
            rows.complete,
        )

    def _confirm(self, minimal: MinimalRows) -> SearchResult | None:
        try:
            last = self._database.run_final_trial(self._symptom, self._seeded, minimal.rows)
        except Error:
            # A row inserted without signals may conflict with one that a signal receiver creates.
            return None
        if not self._shows(last.cycle, minimal.rows):
            return None
        return SearchResult(
            rows=tuple(
                self._as_evidence(row_id, row, minimal.required_values)
                for row_id, row in minimal.rows.items()
            ),
            test=render_test(
                self._subject._replace(quoted_tables=quoted_tables(self._seeded.schemas.values())),
                last.rows,
                self._referred_rows,
                symptom_differences(self._symptom, last.cycle),
            ),
            trials=self._trials,
            complete=minimal.complete,
        )

    def _minimal_row_ids(self, row_ids: tuple[RowId, ...], rows: RowsById) -> MinimalSet[RowId] | None:
        """Return a minimal subset of ``row_ids`` that reproduces the symptom; most suspected first."""
        needs = {row_id: tuple(self._referred_rows[row_id].values()) for row_id in row_ids}
        # The symptom is known not to show without rows.
        return minimise(
            row_ids,
            lambda some: self._reproduces(self._ordered_rows(some, rows)),
            needs,
            empty_set_passes=True,
        )

    def _without_unreferenced(self, rows: RowsById) -> RowsById:
        """Return ``rows`` without those no longer referred to after a foreign key was set to null."""
        referred_rows = resolve_foreign_keys(rows, self._seeded.foreign_keys)
        if all(self._referred_rows[row_id] == referred_rows[row_id] for row_id in rows):
            return rows
        self._referred_rows = self._referred_rows | referred_rows
        fewer = self._minimal_row_ids(tuple(rows)[::-1], rows)
        return rows if fewer is None else self._ordered_rows(fewer.kept, rows)

    def _ordered_rows(self, row_ids: Collection[RowId], rows: RowsById) -> RowsById:
        referred = {row_id: frozenset(self._referred_rows.get(row_id, {}).values()) for row_id in row_ids}
        some = tuple(row_id for row_id in rows if row_id in referred)
        return {row_id: rows[row_id] for row_id in dependency_order(some, {}, referred)}

    def _reproduces(self, rows: RowsById) -> bool:
        self._trials += 1
        try:
            trial = self._database.run_trial(self._symptom, self._seeded, rows, self._isolation)
        except Error:
            # Rows that the database refuses cannot exist in a deployment.
            return False
        return self._shows(trial.cycle, rows)

    def _shows(self, cycle: CycleResult, rows: RowsById) -> bool:
        if not shows_again(self._symptom, self._first, cycle):
            return False
        differences = symptom_differences(self._symptom, cycle)
        shown = subject_tables(differences, rows, self._seeded.keys, maximum=None)
        return set(self._subject_tables) <= set(shown)

    def _required_values(self, rows: RowsById) -> MinimalSet[tuple[RowId, str]] | None:
        """Return the values that cannot be replaced by defaults; ``None`` if time ran out."""
        return minimise(
            self._replaceable(rows), lambda kept: self._reproduces(self._with_default_values(rows, kept))
        )

    def _replaceable(self, rows: RowsById) -> tuple[tuple[RowId, str], ...]:
        """Return the values that differ from the default and may be replaced, mentioned columns first."""
        candidates = [
            (row_id, column)
            for row_id, row in rows.items()
            for column, plain in self._default_values(row_id).items()
            if column in row and row[column] != plain
        ]
        mentioned = self._mentioned(rows)
        return tuple(sorted(candidates, key=lambda pair: pair not in mentioned))

    def _mentioned(self, rows: RowsById) -> dict[tuple[RowId, str], None]:
        return {
            (row_id, column): None
            for row_id, row in rows.items()
            for column in mentioned_columns(row_id, row, self._hints, self._seeded.changed)
        }

    def _default_values(self, row_id: RowId) -> Mapping[str, str | None]:
        schema = self._seeded.schemas[row_id.written]
        keys = self._seeded.keys.get(row_id.table, ())
        model = self._seeded.models.get(row_id.written, {}).get(row_id.table)
        connection = self._seeded.connection
        defaults = readable_values(
            default_values(schema, row_id.table, keys, connection.vendor), model, connection
        )
        # A foreign key can only be replaced by null.
        referred_rows = self._seeded.foreign_keys.get(row_id.table, {})
        return {
            column: value
            for column, value in defaults.items()
            if value is None or column not in referred_rows
        }

    def _with_default_values(self, rows: RowsById, kept: Collection[tuple[RowId, str]]) -> RowsById:
        """Return ``rows`` with default values everywhere except in ``kept``."""
        simplified: dict[RowId, RowTexts] = {}
        for row_id, row in rows.items():
            plain = self._default_values(row_id)
            simplified[row_id] = {
                column: plain[column] if column in plain and (row_id, column) not in kept else value
                for column, value in row.items()
            }
        return simplified

    def _as_evidence(
        self, row_id: RowId, row: RowTexts, required_values: Collection[tuple[RowId, str]]
    ) -> SeededRow:
        plain = self._default_values(row_id)
        mentioned = set(mentioned_columns(row_id, row, self._hints, self._seeded.changed))
        # A value equal to the default was not tried with another value.
        matching = [
            column
            for column, value in row.items()
            if (row_id, column) in required_values
            or (column in mentioned and (column not in plain or value == plain[column]))
        ]
        shown = dict.fromkeys(
            (*self._seeded.keys.get(row_id.table, ()), *self._referred_rows.get(row_id, {}), *matching)
        )
        return SeededRow(
            table=row_id.table,
            written=row_id.written,
            columns=tuple(column for column in shown if column in row),
            values=dict(row),
        )
