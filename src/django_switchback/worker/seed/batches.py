"""Batches of rows: drafted, put in order by recipes, inserted; one by one where a batch is refused."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db import Error, models, transaction
from django.db.models import QuerySet

from django_switchback.worker.seed.draft import draft_row, placeholder
from django_switchback.worker.seed.insert import insert
from django_switchback.worker.seed.interface import (
    Field,
    Model,
    ModelRowValues,
    NoRow,
    RowAt,
    RowRequest,
    referred_model,
)
from django_switchback.worker.seed.recipes.interface import Recipe, left_empty, recipes_for
from django_switchback.worker.seed.shape import ModelShape
from django_switchback.worker.seed.tables import SeedContext

REFUSALS = (Error, NoRow, FieldError, ValidationError, TypeError, ValueError, AttributeError, OverflowError)
"""What a row can fail with that is a matter of its values."""

_MAX_ATTEMPTS = 4
_ATTEMPT_STRIDE = 40
"""How far apart the attempts of two tries are, so that a second try makes other values."""


class DeferredReference(tuple[ModelShape, Field, Any]):
    """A reference to be set when the rows it may point at are there: shape, field, key of the row."""

    __slots__ = ()


class RowInserter:
    """Makes and inserts rows of any model, the rows it needs elsewhere included."""

    def __init__(self, bench: SeedContext, recipes: tuple[Recipe, ...]) -> None:
        self.bench = bench
        self.recipes = recipes
        self._later: list[DeferredReference] = []
        self._making: list[str] = []

    def make(self, model: Model, wishes: list[RowRequest]) -> str:
        """Insert a row a wish in savepoints, one by one if they are refused; return why one did not go in."""
        try:
            self._attempted(model, wishes)
        except REFUSALS:
            pass  # NOTE: one of the rows; which one shows next
        else:
            return ""
        reasons = [self._one(model, wish) for wish in wishes]
        return next(filter(None, reasons), "")

    def _one(self, model: Model, wish: RowRequest) -> str:
        reason = ""
        for attempt in range(_MAX_ATTEMPTS):
            try:
                self._attempted(model, [wish._replace(attempt=wish.attempt + attempt * _ATTEMPT_STRIDE)])
            except NoRow as error:
                return error.reason
            except REFUSALS as error:
                reason = _said(error)
            else:
                return ""
        return reason

    def _attempted(self, model: Model, wishes: list[RowRequest]) -> list[Any]:
        mark, later = self.bench.mark(), len(self._later)
        try:
            with transaction.atomic(using=self.bench.connection.alias):
                return self.batch(model, wishes, model)
        except REFUSALS:
            self.bench.undo(mark)
            del self._later[later:]
            raise

    def batch(self, model: Model, wishes: list[RowRequest], leaf: Model) -> list[Any]:
        """Insert a row a wish; return the keys. Raises what refuses one of them."""
        shape = self.bench.shape(model)
        rows = self.drafted(shape, wishes, leaf)
        keys = self.insert(shape, rows, wishes)
        for recipe in recipes_for(model, self.recipes):
            recipe.finish(self.bench, model, rows, keys)
        return keys

    def drafted(self, shape: ModelShape, wishes: list[RowRequest], leaf: Model) -> list[ModelRowValues]:
        """Return a row a wish; the inherited parts of it and what it points at are inserted already."""
        self._making.append(shape.table)
        try:
            links = {parent.link.attname: self.batch(parent.model, wishes, leaf) for parent in shape.parents}
            rows = [self._row(shape, wish, index, links) for index, wish in enumerate(wishes)]
        finally:
            self._making.pop()
        for recipe in recipes_for(shape.model, self.recipes):
            recipe.arrange(self.bench, shape.model, leaf, rows)
        return rows

    def _row(
        self, shape: ModelShape, wish: RowRequest, index: int, links: dict[str, list[Any]]
    ) -> ModelRowValues:
        row = self._complete(shape, draft_row(self.bench, shape, wish, index))
        row |= {name: keys[index] for name, keys in links.items()}
        self.bench.used_values(shape).add(row)
        return row

    def insert(self, shape: ModelShape, rows: list[ModelRowValues], wishes: list[RowRequest]) -> list[Any]:
        """Insert drafted rows and set what they point at among themselves; return the keys."""
        keys = insert(self.bench.connection, shape.model, self._insert_ordinary(shape, rows, wishes))
        self.bench.changed(shape.model, keys)
        self._point(shape, rows, keys)
        return keys

    def _insert_ordinary(
        self, shape: ModelShape, rows: list[ModelRowValues], wishes: list[RowRequest]
    ) -> list[ModelRowValues]:
        """Return ``rows`` with null, or something to be replaced, in place of keys that are not yet there."""
        named = {field.attname: field for field in shape.references}

        def value(name: str, held: Any, wish: RowRequest) -> Any:
            if not isinstance(held, RowAt):
                return held
            return None if named[name].null else placeholder(named[name], wish.turn)

        pairs = zip(rows, wishes, strict=True)
        return [{name: value(name, held, wish) for name, held in row.items()} for row, wish in pairs]

    def _complete(self, shape: ModelShape, row: ModelRowValues) -> ModelRowValues:
        """Make the rows that ``row`` must point at and that are not there."""
        for field in shape.references:
            pointed = referred_model(field)
            if row.get(field.attname) == RowAt(-1) and pointed is not None:
                row[field.attname] = self._parent(shape, field, pointed)
        return row

    def _parent(self, shape: ModelShape, field: Field, pointed: Model) -> Any:
        table = pointed._meta.db_table
        if table in self._making:
            return RowAt(-1)
        held = next((recipe for recipe in recipes_for(pointed, self.recipes) if recipe.kept), None)
        if held is not None and self.bench.counts.get(table):
            raise NoRow(shape.table, f"every row of {table} has its row here")
        reason = left_empty(pointed, self.recipes)
        if reason:
            raise NoRow(shape.table, f"{field.name} must point at {table}, {reason}")
        if table not in self.bench.models:
            raise NoRow(
                shape.table, f"{field.name} must point at {table}, which has no rows and is not managed"
            )
        self.batch(pointed, [RowRequest(self.bench.counts.get(table, 0))], pointed)
        free = self.bench.free(shape, field)
        if not free:
            raise NoRow(shape.table, f"{table} has no row left that {field.name} may point at")
        return free[-1]

    def _point(self, shape: ModelShape, rows: list[ModelRowValues], keys: list[Any]) -> None:
        """Set the references within the batch, and note those that must wait."""
        for row, key in zip(rows, keys, strict=True):
            for field in shape.references:
                held = row.get(field.attname)
                if isinstance(held, RowAt) and held.place >= 0:
                    aimed = self._aimed(shape, field, keys[held.place])
                    _update(self.bench, shape, key, field, aimed)
                    self.bench.used_values(shape).add(row | {field.attname: aimed})
                elif isinstance(held, RowAt) or (held is None and self._waits(field, shape)):
                    self._later.append(DeferredReference((shape, field, key)))

    def _aimed(self, shape: ModelShape, field: Field, key: Any) -> Any:
        aimed: Field = field.target_field  # type: ignore[attr-defined] # a foreign key
        if aimed.primary_key:
            return key
        rows: QuerySet[Any] = QuerySet(model=shape.model, using=self.bench.connection.alias)
        return rows.values_list(aimed.attname, flat=True).get(pk=key)

    def _waits(self, field: Field, shape: ModelShape) -> bool:
        pointed = referred_model(field)
        table = pointed._meta.db_table if pointed is not None else ""
        return self.bench.counts.get(table) == 0 and table != shape.table and table in self.bench.models

    def abandon(self) -> None:
        """Forget the references that wait: their rows are taken back."""
        self._later.clear()

    def resolve_deferred(self) -> None:
        """Set the references that had to wait for their rows; of those that may be null every second."""
        for turn, (shape, field, key) in enumerate(self._later):
            if field.null and turn % 2:
                continue
            free = self.bench.free(shape, field)
            if free:
                _update(self.bench, shape, key, field, free[0])
                self.bench.used_values(shape).add({field.attname: free[0]})
        self._later.clear()


def _said(error: BaseException) -> str:
    if isinstance(error, NoRow):
        return error.reason
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _update(bench: SeedContext, shape: ModelShape, key: Any, field: Field, value: Any) -> None:
    rows: QuerySet[models.Model] = QuerySet(model=shape.model, using=bench.connection.alias)
    rows.filter(pk=key).update(**{field.attname: value})
