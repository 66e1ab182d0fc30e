"""Multiplies the rows of a table with ``INSERT … SELECT`` in the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import AutoField

from django_switchback.worker.seed.bulk.distinct import NUMBER, distinct_expression
from django_switchback.worker.seed.constraints import conditions as constraint_conditions
from django_switchback.worker.seed.insert import key_fields
from django_switchback.worker.seed.interface import (
    Field,
    Model,
    NoRow,
    limit_of,
    referred_model,
    target_field,
)
from django_switchback.worker.seed.model_fields import ModelShape, UniqueFields, further_uniques, shape_of
from django_switchback.worker.seed.references.generic_foreign_keys import (
    generic_foreign_keys,
    is_content_type,
)

BATCH_ROWS = 50_000
"""Rows per statement; bounds the server's queue of deferred constraint checks."""
MAX_SOURCE_ROWS = 100
"""Rows that are copied: those of the seeder and the first rows of a migration."""
MAX_SPREAD_KEYS = 10_000
"""Rows that a reference is spread over."""

_SOURCE = "switchback_source"
_PLACE = "switchback_place"


class ForeignKeyTargets(NamedTuple):
    """The target keys for one foreign key: their temporary table and their number.

    Keys are cycled; ``every`` is the number of rows inserted before moving to the next key.
    """

    table: str
    field: Field
    keys: int
    every: int


class Copier:
    """Copies the rows of one table, in a transaction that is rolled back if copying fails.

    Its temporary tables are dropped at the end, or by the rollback. What ``other``, the model of the same
    table in another state, holds to be unique is made distinct too, where that is possible. With
    ``each_column``, each column of what is unique together is made distinct, as far as that is possible.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        model: Model,
        target_rows: int,
        present: int,
        other: Model | None = None,
        *,
        each_column: bool = False,
    ) -> None:
        self._connection = connection
        self._quote = connection.ops.quote_name
        self._model = model
        self._shape: ModelShape = shape_of(model)
        self._more_uniques = () if other is None else further_uniques(self._shape, other)
        self._each_column = each_column
        self._table = self._quote(self._shape.table)
        self._missing = target_rows - present
        # Numbers continue after the existing rows, which may be copies of an earlier call.
        self._first = present + 1
        self._highest = present + 8 * self._missing
        self._targets: list[ForeignKeyTargets] = []

    def copy(self) -> int:
        """Insert the missing rows, or as many as the table accepts; return their number.

        Raises :class:`NoRow` if a unique group cannot be made distinct, and ``django.db.Error`` if the
        database refuses rows for another reason than a unique or exclusion conflict.
        """
        with self._connection.cursor() as cursor:
            sources = self._sources(cursor)
            inserted = self._insert(cursor, self._expressions(cursor), sources)
            for name in (_SOURCE, *(targets.table for targets in self._targets)):
                cursor.execute(f"DROP TABLE {name}")
        return inserted

    def _sources(self, cursor: CursorWrapper) -> int:
        order = ", ".join(self._name(field) for field in key_fields(self._model))
        place = f"row_number() OVER (ORDER BY {order}) - 1 AS {_PLACE}"
        chosen = f"SELECT {', '.join((place, *self._columns()))} FROM {self._table}"
        cursor.execute(
            f"CREATE TEMPORARY TABLE {_SOURCE} AS {chosen} ORDER BY {order} LIMIT {MAX_SOURCE_ROWS}"
        )
        cursor.execute(f"SELECT count(*) FROM {_SOURCE}")
        return int(cursor.fetchone()[0])

    def _fields(self) -> tuple[Field, ...]:
        """Return the fields that an insert names: all but automatic and generated ones."""
        return tuple(
            field
            for field in self._model._meta.local_concrete_fields
            if not isinstance(field, AutoField) and not getattr(field, "generated", False)
        )

    def _columns(self) -> tuple[str, ...]:
        return tuple(self._name(field) for field in self._fields())

    def _expressions(self, cursor: CursorWrapper) -> dict[str, str]:
        """Return the SQL expression of each column: distinct where unique, spread for references."""
        expressions: dict[str, str] = {}
        for unique in sorted(
            (*self._shape.uniques, *self._more_uniques), key=lambda fields: len(fields.names)
        ):
            if not expressions.keys() & set(unique.names):
                expressions |= self._distinct_values(cursor, unique)
        for field in self._fields():
            if field.attname not in expressions and self._spreads(field):
                targets = self._create_targets(cursor, field, free=False, every=1)
                expressions |= self._target_values([targets] if targets else [])
        return expressions

    def _distinct_values(self, cursor: CursorWrapper, unique: UniqueFields) -> dict[str, str]:
        """Return expressions for columns of ``unique`` such that no two rows share all values."""
        fields = [field for field in self._shape.fields if field.attname in unique.names]
        plain = [field for field in fields if referred_model(field) is None and not self._paired(field)]
        distinct = self._distinct_plain_values(plain)
        if distinct:
            return distinct
        targets: list[ForeignKeyTargets] = []
        for field in fields if unique.condition is None else ():
            if referred_model(field) is not None and not self._limited(field):
                every = 1
                for previous in targets:
                    every *= previous.keys
                created = self._create_targets(cursor, field, free=len(fields) == 1, every=every)
                targets += [created] if created else []
        if not targets and unique.condition is None and unique.enforced and unique not in self._more_uniques:
            names = ", ".join(field.name for field in fields)
            raise NoRow(self._shape.table, f"no further values of {names}, which must be unique, can be made")
        return self._target_values(targets)

    def _distinct_plain_values(self, fields: list[Field]) -> dict[str, str]:
        """Return a distinct expression of the first of ``fields`` that can have one, or of each."""
        distinct: dict[str, str] = {}
        checked = self._checked_fields()
        for field in sorted(fields, key=lambda candidate: candidate.name in checked):
            if distinct and (not self._each_column or field.name in checked):
                break
            expression = distinct_expression(
                field, self._source_value(field), self._highest, self._connection
            )
            if expression is not None:
                self._highest = min(self._highest, expression.highest)
                distinct[field.attname] = expression.sql
        return distinct

    def _spreads(self, field: Field) -> bool:
        """Return whether a reference may differ from that of the copied row."""
        return (
            referred_model(field) is not None
            and not self._limited(field)
            and not self._paired(field)
            and field.name not in self._checked_fields()
        )

    def _limited(self, field: Field) -> bool:
        """Return whether ``field`` has ``limit_choices_to`` or refers to content types."""
        return bool(limit_of(field)) or is_content_type(referred_model(field))

    def _paired(self, field: Field) -> bool:
        return any(
            field.attname in (*generic.types, generic.key) for generic in generic_foreign_keys(self._model)
        )

    def _checked_fields(self) -> frozenset[str]:
        """Return the names of the fields that check constraints mention; their values are copied."""
        return frozenset[str]().union(
            *map(constraint_conditions.field_names_in, self._shape.check_constraints)
        )

    def _create_targets(
        self, cursor: CursorWrapper, field: Field, *, free: bool, every: int
    ) -> ForeignKeyTargets | None:
        """Create the temporary table of numbered target keys of ``field``; ``None`` if there are no keys."""
        target = target_field(field)
        key, table = self._name(target), self._quote(target.model._meta.db_table)
        own = f"SELECT {self._name(field)} FROM {self._table}"
        only_unused = f"WHERE NOT EXISTS ({own} AS own WHERE own.{self._name(field)} = aimed.{key})"
        name = f"switchback_keys_{len(self._targets)}"
        cursor.execute(
            f"CREATE TEMPORARY TABLE {name} AS SELECT row_number() OVER (ORDER BY {key}) - 1 AS {_PLACE}, "
            f"{key} AS held FROM {table} AS aimed {only_unused if free else ''} "
            f"ORDER BY {key} LIMIT {self._missing if free else MAX_SPREAD_KEYS}"
        )
        self._targets.append(ForeignKeyTargets(name, field, 0, every))
        cursor.execute(f"CREATE UNIQUE INDEX {name}_place ON {name} ({_PLACE})")
        cursor.execute(f"SELECT count(*) FROM {name}")
        count = int(cursor.fetchone()[0])
        if not count:
            return None
        self._targets[-1] = ForeignKeyTargets(name, field, count, every)
        if free:
            self._highest = min(self._highest, self._first - 1 + count)
        return self._targets[-1]

    def _target_values(self, targets: list[ForeignKeyTargets]) -> dict[str, str]:
        """Return the expression of each reference: null where the copied row has null."""
        return {
            target.field.attname: (
                f"CASE WHEN {self._source_value(target.field)} IS NULL THEN NULL ELSE {target.table}.held END"
                if target.field.null
                else f"{target.table}.held"
            )
            for target in targets
        }

    def _name(self, field: Field) -> str:
        return self._quote(field.column or "")

    def _source_value(self, field: Field) -> str:
        return f"{_SOURCE}.{self._name(field)}"

    def _insert(self, cursor: CursorWrapper, expressions: dict[str, str], sources: int) -> int:
        """Insert in batches until there are enough rows or each source row was refused in turn."""
        values = [expressions.get(field.attname, self._source_value(field)) for field in self._fields()]
        joined = "".join(
            f" JOIN {targets.table} ON {targets.table}.{_PLACE} = "
            f"({NUMBER} - {self._first}){f' / {targets.every}' if targets.every > 1 else ''} % {targets.keys}"
            for targets in self._targets
            if targets.keys
        )
        condition = "".join(self._unless_present(unique, expressions) for unique in self._more_uniques)
        inserted, idle, first = 0, 0, self._first
        while inserted < self._missing and first <= self._highest and idle <= 2 * sources:
            last = min(first + min(BATCH_ROWS, self._missing - inserted) - 1, self._highest)
            cursor.execute(
                f"INSERT INTO {self._table} ({', '.join(self._columns())}) "
                f"SELECT {', '.join(values)} FROM {self._series(first, last)} "
                f"JOIN {_SOURCE} ON {_SOURCE}.{_PLACE} = {NUMBER} % {sources}{joined} "
                f"WHERE true{condition} ORDER BY {NUMBER} ON CONFLICT DO NOTHING"
                if values
                else f"INSERT INTO {self._table} DEFAULT VALUES"
            )
            inserted += cursor.rowcount
            idle = 0 if cursor.rowcount else idle + last - first + 1
            first = last + 1
        return inserted

    def _unless_present(self, unique: UniqueFields, expressions: Mapping[str, str]) -> str:
        """Return the condition that no row has the values of ``unique``, which no constraint refuses yet."""
        equal = (
            f"held.{self._name(field)} = {expressions.get(field.attname, self._source_value(field))}"
            for field in self._shape.fields
            if field.attname in unique.names
        )
        return f" AND NOT EXISTS (SELECT 1 FROM {self._table} AS held WHERE {' AND '.join(equal)})"

    def _series(self, first: int, last: int) -> str:
        if self._connection.vendor == "postgresql":
            return f"generate_series({first}::bigint, {last}::bigint) AS series({NUMBER})"
        return (
            f"(WITH RECURSIVE series({NUMBER}) AS (SELECT {first} UNION ALL "
            f"SELECT {NUMBER} + 1 FROM series WHERE {NUMBER} < {last}) SELECT {NUMBER} FROM series) AS series"
        )
