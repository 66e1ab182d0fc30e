"""Alters rows in the columns by which a forward step does not look them up, to values of other rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.compare.snapshots import Snapshot
from django_switchback.worker.minimise.rows import RowId, RowsById
from django_switchback.worker.seed.constants.sql import columns_in_conditions, dialect_of
from django_switchback.worker.snapshot.interface import RowTexts

MAX_SINGLE_COLUMNS = 4
"""Columns that are altered one by one, if the rows are not found with all of them altered."""


class AlteredRows:
    """Alters rows to values that other rows of their table have in ``now``, which the database accepts."""

    def __init__(self, connection: BaseDatabaseWrapper, now: Snapshot) -> None:
        self._connection = connection
        self._now = now

    def variants(self, rows: RowsById, statements: Sequence[str]) -> Iterator[RowsById]:
        """Yield ``rows`` altered in columns that no condition of ``statements`` names, then in single ones.

        Keys, references and unique columns stay. Only rows that are altered are yielded.
        """
        if not rows:
            return
        dialect = dialect_of(self._connection.vendor)
        looked_up = {name for text in statements for name in columns_in_conditions(text, dialect)}
        others = {row_id: self._other_values(row_id, row) for row_id, row in rows.items()}
        names = list(dict.fromkeys(column for values in others.values() for column in values))
        together = [name for name in names if name not in looked_up]
        for columns in (together, *([name] for name in islice(names, MAX_SINGLE_COLUMNS) if len(names) > 1)):
            altered = {
                row_id: {**rows[row_id], **{name: values[name] for name in columns if name in values}}
                for row_id, values in others.items()
                if values.keys() & set(columns)
            }
            if altered:
                yield altered

    def _other_values(self, row_id: RowId, row: RowTexts) -> dict[str, str | None]:
        """Return a value of another row for each column that may be altered."""
        identifying = self._identifying(row_id.table)
        values: dict[str, str | None] = {}
        for column in row.keys() - identifying:
            different = (
                other[column]
                for other in self._now.raw[row_id.table].rows.values()
                if other[column] not in {row[column], None}
            )
            value = next(different, None)
            if value is not None:
                values[column] = value
        return dict(sorted(values.items()))

    def _identifying(self, table: str) -> set[str]:
        """Return the columns of keys, references and unique constraints."""
        with self._connection.cursor() as cursor:
            constraints = self._connection.introspection.get_constraints(cursor, table)
        return {
            column
            for constraint in constraints.values()
            if constraint["primary_key"] or constraint["unique"] or constraint["foreign_key"]
            for column in constraint["columns"]
        }
