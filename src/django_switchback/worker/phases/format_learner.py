"""Tries formats for the values that a data migration reads, until it can read them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from django.db import utils
from django.db.migrations.state import ProjectState
from django.db.models import BinaryField, CharField, JSONField, TextField

from django_switchback.evidence import Direction, NotRun, Phase, ValuesNotUnderstood
from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.cycle.context import PartContext, migration_name
from django_switchback.worker.migrate.failed_reads.document_reads import is_part
from django_switchback.worker.migrate.failed_reads.value_reads import ValueRead
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.minimise.rows import decode_sqlite_text
from django_switchback.worker.seed.constants.documents import KeysByColumn, document_formats, keys_by_column
from django_switchback.worker.seed.interface import Field
from django_switchback.worker.seed.row_counts import managed_models
from django_switchback.worker.seed.values.text_formats import (
    LITERAL,
    TEXT_FORMATS,
    TextFormat,
    TextFormats,
    WrittenColumn,
    by_format,
    in_parts,
)

DATABASE_ERRORS = frozenset(name for name in dir(utils) if name.endswith("Error"))
"""Names of the exceptions that Django raises for database errors."""
_MAX_COLUMNS = 3
NO_FORMATS: TextFormats = MappingProxyType({})


class Attempt(NamedTuple):
    """The failed step of a trial, and what the tables held before it.

    ``written`` tells the rows that the step may have failed to read.
    """

    direction: Direction
    written: Literal["before", "after"]
    result: StepResult
    before: Snapshot | None = None


Run: TypeAlias = Callable[[TextFormats, bool], Attempt | None]
"""Runs the target with text in these formats, and with rows of the new release or without."""


class LearnedFormats(NamedTuple):
    """The formats with which the target runs, or the attempt and the column that it could not read."""

    text_formats: TextFormats = NO_FORMATS
    failed: Attempt | None = None
    column: WrittenColumn | None = None


NOTHING_LEARNED = LearnedFormats()


class FormatLearner:
    """Tries formats for the columns that a target reads; ``state`` has their models."""

    def __init__(self, context: PartContext, key: MigrationKey, state: ProjectState, run: Run) -> None:
        self._context = context
        self._run = run
        self._tried: dict[WrittenColumn, dict[str, None]] = {}
        models = managed_models(state.apps, context.sandboxes.alias)
        self._fields: Mapping[tuple[str, str], Field] = {
            (table, str(field.column)): field
            for table, model in models.items()
            for field in model._meta.local_concrete_fields
            if isinstance(field, CharField | TextField | BinaryField | JSONField)
        }
        forward = keys_by_column(context.constants.of(key), models)
        reverse = keys_by_column(context.constants.of_reverse(key), models)
        self._keys: Mapping[Direction, KeysByColumn] = {
            "forward": forward,
            "rollback": reverse,
            "reapply": {**forward, **reverse},
        }

    def learn(self) -> LearnedFormats:
        """Return the formats of programs (JSON, base64) with which the target passes.

        Nothing if none is needed, or if text that people type (a number, a date) is read: then others may
        have typed something else, and the failure stays the migration's. So it does if what is not read then
        is what an earlier migration gave to all rows. The column and the failure if no
        format is read.
        """
        text_formats: dict[WrittenColumn, TextFormat] = {}
        attempt = self._run(text_formats, True)
        for _ in range(_MAX_COLUMNS):
            if attempt is None:
                return LearnedFormats(_complete(text_formats))
            column, read = self._read_in(attempt)
            if self._are_enough(text_formats, attempt, column):
                return LearnedFormats(_complete(text_formats))
            if column is None or read is None:
                return _without_column(text_formats, attempt)
            if column in text_formats:
                return LearnedFormats(failed=attempt, column=column)
            text_format, after = self._format_of(column, read, attempt.direction, text_formats)
            if text_format is None:
                return LearnedFormats(failed=attempt, column=column)
            if text_format.typed or (after is not None and self._reads_given(after)):
                return NOTHING_LEARNED
            text_formats[column] = text_format
            attempt = after
        return NOTHING_LEARNED

    def _are_enough(self, text_formats: TextFormats, attempt: Attempt, column: WrittenColumn | None) -> bool:
        """Return whether a step fails with ``text_formats`` for something that no format would change.

        A reverse has to read what the forward step made of old rows. If it reads these, and fails in
        no column that a format is for, it fails for what else the new release writes.
        """
        if attempt.written == "before" or (column is None and not text_formats):
            return False
        passes_with_old_rows = self._run(_complete(text_formats), False) is None
        return passes_with_old_rows is (column is None)

    def _format_of(
        self,
        column: WrittenColumn,
        read: ValueRead,
        direction: Direction,
        text_formats: dict[WrittenColumn, TextFormat],
    ) -> tuple[TextFormat | None, Attempt | None]:
        """Return the first format in which the column is read, and the attempt with it.

        A document with keys that the code reads is also to have values of a type that it can compute with.
        """
        found: tuple[TextFormat | None, Attempt | None] = (None, None)
        for text_format in self._fitting(column, read, direction):
            self._tried.setdefault(column, {})[text_format.name] = None
            attempt = self._run(_complete({**text_formats, column: text_format}), True)
            if attempt is None or self._reads_given(attempt):
                return text_format, attempt
            if self._read_in(attempt)[0] != column and found[0] is None:
                found = text_format, attempt
                if not isinstance(self._fields[column[1:]], JSONField):
                    return found
        return found

    def _fitting(self, column: WrittenColumn, read: ValueRead, direction: Direction) -> Iterator[TextFormat]:
        """Yield the formats to be tried: those that the code itself tells, then common ones of text."""
        field = self._fields[column[1:]]
        yield from document_formats(field, self._keys[direction].get(column[1:], ()))
        if isinstance(field, JSONField):
            return
        limit = getattr(field, "max_length", None)
        parts = in_parts(read.separator, read.parts, read.within) if read.separator else ()
        if read.date_format:
            yield by_format(read.date_format)
        for text_format in (*parts, *([LITERAL] if read.literal else ()), *TEXT_FORMATS):
            if limit is None or len(text_format.make(Random(0), 0)) + 12 <= limit:
                yield text_format

    def _reads_given(self, attempt: Attempt) -> bool:
        """Return whether a step could not read the document that a migration gave to the rows of then."""
        declared = self._context.seeder.declared
        return any(
            isinstance(self._fields.get(column), JSONField)
            and declared.default_when_added(self._fields[column]) == read.value
            for read in attempt.result.unread
            for column in self._columns(attempt, read)
        )

    def _columns(self, attempt: Attempt, read: ValueRead) -> Iterable[tuple[str, str]]:
        """Return the columns that the value which the failed expression read may be of."""
        return [(read.table, read.column)] if read.table else self._holding(attempt, read.value)

    def _read_in(self, attempt: Attempt) -> tuple[WrittenColumn | None, ValueRead | None]:
        """Return the column of rows made by us whose value the failed expression read, with that value."""
        for read in attempt.result.unread:
            for column in self._columns(attempt, read):
                if column in self._fields and self._is_made(attempt, column, read.value):
                    return (attempt.written, *column), read
        return None, None

    def _is_made(self, attempt: Attempt, column: tuple[str, str], value: object) -> bool:
        """Return whether we made the value, neither a scenario nor an earlier migration."""
        if attempt.direction == "forward" and self._is_chosen(column):
            return False
        field = self._fields[column]
        if not isinstance(field, JSONField):
            return isinstance(value, str | bytes)
        return bool(self._context.seeder.declared.default_when_added(field) != value)

    def _holding(self, attempt: Attempt, value: object) -> Iterator[tuple[str, str]]:
        """Yield the columns that hold ``value``, or a document that it is a part of."""
        for (table, column), text in _texts(attempt.before):
            field = self._fields.get((table, column))
            if isinstance(value, str | bytes):
                if value in (text, decode_sqlite_text(text)):
                    yield table, column
            elif isinstance(field, JSONField) and is_part(value, _loaded(decode_sqlite_text(text))):
                yield table, column

    def _is_chosen(self, column: tuple[str, str]) -> bool:
        """Return whether scenarios of the project give the rows of a table values."""
        return any(recipe.claims(self._fields[column].model) for recipe in self._context.scenarios.recipes)

    def record(self, key: MigrationKey, phase: Phase, learned: LearnedFormats) -> None:
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
                tried=tuple(self._tried.get(learned.column, ())),
                document=isinstance(field, JSONField),
            ),
            NotRun(database=self._context.database, migration=name, reason=reason),
        )


def _without_column(text_formats: dict[WrittenColumn, TextFormat], attempt: Attempt) -> LearnedFormats:
    """Return what an attempt shows that failed otherwise than by reading text.

    With a format, what is to be within the text is not known, unless the database refuses the result.
    """
    failure = attempt.result.failure
    if not text_formats:
        return NOTHING_LEARNED
    if failure is not None and failure.type in DATABASE_ERRORS:
        return LearnedFormats(_complete(text_formats))
    return LearnedFormats(failed=attempt, column=list(text_formats)[-1])


def _complete(text_formats: TextFormats) -> TextFormats:
    """Return ``text_formats`` for both releases: unless learned otherwise, the new one writes the same."""
    return {
        ("after", table, column): text_format for (_, table, column), text_format in text_formats.items()
    } | dict(text_formats)


def _texts(snapshot: Snapshot | None) -> Iterator[tuple[tuple[str, str], str | None]]:
    """Yield the values of a snapshot with their tables and columns."""
    if snapshot is None:
        return
    for table, content in snapshot.raw.items():
        for row in content.rows.values():
            for column, text in row.items():
                yield (table, column), text


def _loaded(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
