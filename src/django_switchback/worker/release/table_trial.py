"""Tries the statements of one model on its table, each in a savepoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal

import msgspec
from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from django_switchback.evidence import Failure, Rows, Statement
from django_switchback.worker.failure import failure_of
from django_switchback.worker.release.read_rows import ReadRow, read_rows, save_row, save_row_of
from django_switchback.worker.release.refusals import is_refused_reference, is_structural
from django_switchback.worker.release.sequence_collisions import set_sequence
from django_switchback.worker.seed.batches import REFUSALS, RowInserter
from django_switchback.worker.seed.interface import Model, ModelRowValues, NoRow, RowRequest
from django_switchback.worker.snapshot.postgresql.read_sequences import Collision

OWN_ROW = RowRequest(500)
"""A request for a row of this trial, its number apart from those of old and new rows."""
_UNIQUE_VIOLATION = "23505"
_SQL_CHARACTERS = 2000


class StatementAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One statement on one table: its failure, or in ``untried`` the reason why it was not run.

    ``read_as_none`` are the mandatory columns that a ``select`` read as ``None``. ``collision`` is the taken
    value of a sequence that makes an ``insert`` fail. ``sql`` is the statement that the database refused,
    without its values. ``written`` says which rows it was about: those from before a migration, or those that
    were inserted after it. ``row_kind`` is the kind of row that an ``insert`` failed with.
    """

    table: str
    statement: Statement
    failure: Failure | None = None
    untried: str | None = None
    read_as_none: tuple[str, ...] = ()
    collision: Collision | None = None
    sql: str = ""
    written: Literal["before", "after"] = "before"
    row_kind: Rows = "typical"

    @property
    def is_broken(self) -> bool:
        """Whether the release cannot use what the statement gives."""
        return self.failure is not None or bool(self.read_as_none)


class _RefusedStatement:
    """An execute wrapper that keeps the text of the last statement that the database refused."""

    def __init__(self) -> None:
        self.sql = ""

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        try:
            return execute(sql, params, many, context)
        except Error:
            self.sql = str(sql)[:_SQL_CHARACTERS]
            raise


class TableTrial:
    """Tries the statements of one model.

    ``collisions`` are of its table's sequences, whose next values are tried. With ``structural``, a statement
    that may have been refused for the values of its row is untried.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        table: str,
        model: Model,
        collisions: tuple[Collision, ...],
        *,
        structural: bool,
    ) -> None:
        self._connection = connection
        self._model = model
        self._table = table
        self._rows: QuerySet[Any] = QuerySet(model=model, using=connection.alias)
        self._collisions = collisions
        self._structural = structural

    @property
    def alias(self) -> str:
        """The alias of the connection."""
        return self._connection.alias

    def of(self, model: Model) -> TableTrial:
        """Return a trial of another model."""
        return TableTrial(self._connection, model._meta.db_table, model, (), structural=self._structural)

    def attempts(self, inserter: RowInserter) -> Iterator[StatementAttempt]:
        """Yield an attempt for each statement."""
        old: list[ReadRow] = []
        select = self.select(old)
        insert, inserted = self.insert(inserter)
        yield insert
        yield select
        if old or inserted is None:
            update = self.update(tuple(old) if select.failure is None else None)
        else:
            update = self._update_own(inserted)
        yield update or self.untried("update", insert.untried or "there is no row to change")
        if inserted is not None:
            yield self.delete(inserted)
        else:  # NOTE: other rows may be protected by rows that refer to them
            yield self.untried("delete", insert.untried or "no row was inserted to be deleted")

    def select(self, found: list[ReadRow]) -> StatementAttempt:
        """Read the first rows by primary key into ``found``."""
        attempt = self.attempt("select", lambda: found.extend(read_rows(self._rows)))
        read_as_none = dict.fromkeys(column for row in found for column in row.read_as_none)
        return msgspec.structs.replace(attempt, read_as_none=tuple(read_as_none))

    def select_by(self, attname: str, value: Any) -> StatementAttempt:
        """Find rows by the value of one column; a value that is refused is not a failure."""
        return self.attempt("select", lambda: self._rows.filter(**{attname: value}).exists(), certain=False)

    def delete(self, key: Any) -> StatementAttempt:
        """Delete the row of ``key``, and what the models delete with it."""
        return self.attempt("delete", lambda: self._rows.filter(pk=key).delete())

    def delete_one(self, key: Any) -> StatementAttempt:
        """Delete the row of ``key``, or the first that there is; rows that protect it are not a failure."""
        first = self._first_key() if key is None else key

        def delete() -> None:
            # Every key may be one that the model refuses; the statement names its column all the same.
            keys = self._rows.values("pk")
            (self._rows.filter(pk__in=keys) if first is None else self._rows.filter(pk=first)).delete()

        return self.attempt("delete", delete, certain=False)

    def insert(
        self, inserter: RowInserter, request: RowRequest = OWN_ROW, *, refers: bool = False
    ) -> tuple[StatementAttempt, Any]:
        """Insert one row and the rows it refers to in one savepoint, check foreign keys, return its key.

        ``refers``: what it refers to is there, so that a foreign key that is refused is so by structure.
        """
        shape = inserter.context.shape(self._model)
        try:
            with transaction.atomic(using=self._connection.alias):
                rows: list[ModelRowValues] = inserter.draft(shape, [request], self._model)
        except NoRow as error:
            return self.untried("insert", error.reason), None
        except REFUSALS as error:
            return self._failed("insert", error, certain=not self._structural), None
        keys: list[Any] = []

        def statement_action() -> None:
            keys[:] = inserter.insert(shape, rows, [request])
            inserter.resolve_deferred()
            self._connection.check_constraints([self._model._meta.db_table])

        attempt = self._insert_past_collisions(statement_action, refers=refers)
        return attempt, keys[0] if keys and attempt.failure is None and not attempt.untried else None

    def _insert_past_collisions(
        self, statement_action: Callable[[], object], *, refers: bool
    ) -> StatementAttempt:
        """Insert with the next values of the sequences that are taken; if that fails, with free ones."""
        for collision in self._collisions:
            set_sequence(self._connection, collision.sequence, collision.value)
        certain = bool(self._collisions)
        attempt = self.attempt("insert", statement_action, certain=certain, refers=refers)
        if attempt.failure is None or not self._collisions:
            return attempt
        for collision in self._collisions:
            if collision.past is not None:
                set_sequence(self._connection, collision.sequence, collision.past)
        free = self.attempt("insert", statement_action)
        if all(collision.past is not None for collision in self._collisions):
            is_sequence = free.failure is None and free.untried is None
        else:  # a sequence at its end gives no free value
            is_sequence = attempt.failure.sqlstate == _UNIQUE_VIOLATION
        return msgspec.structs.replace(attempt, collision=self._collisions[0]) if is_sequence else free

    def update(self, old: tuple[ReadRow, ...] | None) -> StatementAttempt | None:
        """Save a few of the ``old`` rows; return the first failure, ``None`` if there is no row.

        ``None`` are rows that could not be read at once: the first is read alone.
        """
        if old is None:
            key = self._first_key()
            return None if key is None else self.attempt("update", partial(save_row_of, self._rows, key))
        with_none = tuple(row for row in old if row.read_as_none)
        chosen = {row.key: row for row in (*old[:1], *with_none[:1], *old[-1:])}
        attempts = [self.attempt("update", partial(save_row, self._rows, row)) for row in chosen.values()]
        return next((attempt for attempt in attempts if attempt.is_broken), attempts[0] if attempts else None)

    def _update_own(self, key: Any) -> StatementAttempt:
        """Save the row that was inserted; a field of the project's own may not read what was made for it."""
        attempt = self.attempt("update", partial(save_row_of, self._rows, key))
        if attempt.failure is not None and attempt.failure.doubt == "field":
            return self.untried("update", f"{attempt.failure.type}: {attempt.failure.message}")
        return attempt

    def _first_key(self) -> Any:
        try:
            with transaction.atomic(using=self._connection.alias):
                return self._rows.order_by("pk").values_list("pk", flat=True).first()
        except Exception:
            return None  # NOTE: the attempt to select reports why the table cannot be read

    def attempt(
        self,
        statement: Statement,
        statement_action: Callable[[], object],
        *,
        certain: bool | None = None,
        refers: bool = False,
    ) -> StatementAttempt:
        """Run ``statement_action`` in a savepoint; a refusal counts if it is ``certain``, or by structure.

        By default, all but an insert are certain: their rows have been in the table before. ``refers``: a
        refused foreign key counts too.
        """
        refused = _RefusedStatement()
        try:
            with (
                transaction.atomic(using=self._connection.alias),
                self._connection.execute_wrapper(refused),
            ):
                statement_action()
        except Exception as error:  # a project's own fields may raise anything
            certain = statement != "insert" if certain is None else certain
            certain = certain or (refers and is_refused_reference(error))
            return self._failed(statement, error, certain=certain, sql=refused.sql)
        return StatementAttempt(table=self._table, statement=statement)

    def _failed(
        self, statement: Statement, error: Exception, *, certain: bool, sql: str = ""
    ) -> StatementAttempt:
        """Return a failure, or ``untried`` where the values of the row may have been refused."""
        failure = failure_of(error)
        if self._structural and not certain and not is_structural(error, failure):
            return self.untried(statement, f"the row was refused: {failure.type}: {failure.message}")
        return StatementAttempt(table=self._table, statement=statement, failure=failure, sql=sql)

    def untried(self, statement: Statement, reason: str) -> StatementAttempt:
        """Return the attempt for a statement that cannot be run."""
        return StatementAttempt(table=self._table, statement=statement, untried=reason)
