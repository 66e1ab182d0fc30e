"""Inserts batches of drafted rows, and falls back to single inserts where a batch is refused."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db import Error, models, transaction
from django.db.models import QuerySet

from django_switchback.worker.seed.application.accepted_rows import accepted_row
from django_switchback.worker.seed.draft_row import draft_row, formatted_values, placeholder, random_keys
from django_switchback.worker.seed.insert import insert
from django_switchback.worker.seed.interface import (
    Field,
    Model,
    ModelRowValues,
    NoRow,
    RowAt,
    RowRequest,
    referred_model,
    target_field,
)
from django_switchback.worker.seed.model_fields import ModelShape
from django_switchback.worker.seed.recipes.interface import Recipe, empty_reason, recipes_for
from django_switchback.worker.seed.tables import SeedContext

REFUSALS = (Error, NoRow, FieldError, ValidationError, TypeError, ValueError, AttributeError, OverflowError)
"""Exceptions that the values of a row can cause: the row is retried with other values."""

_MAX_ATTEMPTS = 4
_ATTEMPT_STRIDE = 40
"""Distance between the attempt numbers of two retries, so that each retry draws other values."""


class DeferredReference(tuple[ModelShape, Field, Any]):
    """A foreign key to set once its target table has rows: shape, field, primary key of the row."""

    __slots__ = ()


class RowInserter:
    """Drafts and inserts rows of any model, including the rows that they refer to."""

    def __init__(self, context: SeedContext, recipes: tuple[Recipe, ...]) -> None:
        self.context = context
        self.recipes = recipes
        self._deferred: list[DeferredReference] = []
        self._models_in_progress: list[str] = []

    def insert_each(self, model: Model, requests: list[RowRequest]) -> str:
        """Insert one row per request, in savepoints if the batch fails; return the first failure reason."""
        try:
            self._insert_in_savepoint(model, requests)
        except REFUSALS:
            pass  # NOTE: some row is refused; the single inserts below find which
        else:
            return ""
        reasons = [self._insert_with_retries(model, request) for request in requests]
        return next(filter(None, reasons), "")

    def _insert_with_retries(self, model: Model, request: RowRequest) -> str:
        reason = ""
        for attempt in range(_MAX_ATTEMPTS):
            try:
                self._insert_in_savepoint(
                    model, [request._replace(attempt=request.attempt + attempt * _ATTEMPT_STRIDE)]
                )
            except NoRow as error:
                return error.reason
            except REFUSALS as error:
                reason = _reason_of(error)
            else:
                return ""
        return reason

    def _insert_in_savepoint(self, model: Model, requests: list[RowRequest]) -> list[Any]:
        savepoint, deferred = self.context.savepoint(), len(self._deferred)
        try:
            with transaction.atomic(using=self.context.connection.alias):
                return self.batch(model, requests, model)
        except REFUSALS:
            self.context.rollback(savepoint)
            del self._deferred[deferred:]
            raise

    def batch(self, model: Model, requests: list[RowRequest], leaf: Model) -> list[Any]:
        """Insert one row per request and return the primary keys.

        Raises one of :data:`REFUSALS` if a row is refused.
        """
        shape = self.context.shape(model)
        rows = self.draft(shape, requests, leaf)
        for row, request in zip(rows, requests, strict=True):
            row |= random_keys(self.context, shape, row, request)
        keys = self.insert(shape, rows, requests)
        for recipe in recipes_for(model, self.recipes):
            recipe.finish(self.context, model, rows, keys)
        return keys

    def draft(self, shape: ModelShape, requests: list[RowRequest], leaf: Model) -> list[ModelRowValues]:
        """Return drafted values, one row per request; inserts inherited parts and referenced rows first."""
        self._models_in_progress.append(shape.table)
        try:
            links = {
                parent.link.attname: self.batch(parent.model, requests, leaf) for parent in shape.parents
            }
            rows = [self._row(shape, request, index, links) for index, request in enumerate(requests)]
        finally:
            self._models_in_progress.pop()
        for recipe in recipes_for(shape.model, self.recipes):
            recipe.arrange(self.context, shape.model, leaf, rows)
        if self.context.text_formats:
            for row, request in zip(rows, requests, strict=True):
                row.update(formatted_values(self.context, shape, row, request))
        return rows

    def _row(
        self, shape: ModelShape, request: RowRequest, index: int, links: dict[str, list[Any]]
    ) -> ModelRowValues:
        row = self._complete(shape, draft_row(self.context, shape, request, index))
        row |= {name: keys[index] for name, keys in links.items()}
        if request.is_as_stored and not recipes_for(shape.model, self.recipes):
            row = accepted_row(self.context, shape, row, request)
        self.context.used_values(shape).add(row)
        return row

    def insert(self, shape: ModelShape, rows: list[ModelRowValues], requests: list[RowRequest]) -> list[Any]:
        """Insert drafted rows, set the references between them and return the primary keys."""
        keys = insert(self.context.connection, shape.model, self._insert_ordinary(shape, rows, requests))
        self.context.changed(shape.model, keys)
        self._set_batch_references(shape, rows, keys)
        return keys

    def _insert_ordinary(
        self, shape: ModelShape, rows: list[ModelRowValues], requests: list[RowRequest]
    ) -> list[ModelRowValues]:
        """Return ``rows`` with null or a placeholder in place of keys that do not exist yet."""
        references = {field.attname: field for field in shape.references}

        def stored_value(name: str, value: Any, request: RowRequest) -> Any:
            if not isinstance(value, RowAt):
                return value
            return None if references[name].null else placeholder(references[name], request.sequence)

        pairs = zip(rows, requests, strict=True)
        return [
            {name: stored_value(name, value, request) for name, value in row.items()}
            for row, request in pairs
        ]

    def _complete(self, shape: ModelShape, row: ModelRowValues) -> ModelRowValues:
        """Insert the rows that ``row`` must refer to and that do not exist yet."""
        for field in shape.references:
            target = referred_model(field)
            if row.get(field.attname) == RowAt(-1) and target is not None:
                row[field.attname] = self._parent(shape, field, target)
        return row

    def _parent(self, shape: ModelShape, field: Field, target: Model) -> Any:
        table = target._meta.db_table
        if table in self._models_in_progress:
            return RowAt(-1)
        library_recipe = next(
            (recipe for recipe in recipes_for(target, self.recipes) if recipe.library_owned), None
        )
        if library_recipe is not None and self.context.counts.get(table):
            raise NoRow(shape.table, f"every row of {table} has its row here")
        reason = empty_reason(target, self.recipes)
        if reason:
            raise NoRow(shape.table, f"{field.name} must point at {table}, {reason}")
        if table not in self.context.models:
            raise NoRow(
                shape.table, f"{field.name} must point at {table}, which has no rows and is not managed"
            )
        self.batch(target, [RowRequest(self.context.counts.get(table, 0))], target)
        free = self.context.free(shape, field)
        if not free:
            raise NoRow(shape.table, f"{table} has no row left that {field.name} may point at")
        return free[-1]

    def _set_batch_references(self, shape: ModelShape, rows: list[ModelRowValues], keys: list[Any]) -> None:
        """Set the references within the batch, and remember the deferred ones."""
        for row, key in zip(rows, keys, strict=True):
            for field in shape.references:
                value = row.get(field.attname)
                if isinstance(value, RowAt) and value.place >= 0:
                    target_value = self._target_value(shape, field, keys[value.place])
                    _update(self.context, shape, key, field, target_value)
                    self.context.used_values(shape).add(row | {field.attname: target_value})
                elif isinstance(value, RowAt) or (value is None and self._must_wait(field, shape)):
                    self._deferred.append(DeferredReference((shape, field, key)))

    def _target_value(self, shape: ModelShape, field: Field, key: Any) -> Any:
        target = target_field(field)
        if target.primary_key:
            return key
        rows: QuerySet[Any] = QuerySet(model=shape.model, using=self.context.connection.alias)
        return rows.values_list(target.attname, flat=True).get(pk=key)

    def _must_wait(self, field: Field, shape: ModelShape) -> bool:
        target = referred_model(field)
        table = target._meta.db_table if target is not None else ""
        return self.context.counts.get(table) == 0 and table != shape.table and table in self.context.models

    def abandon(self) -> None:
        """Discard the deferred references, whose rows were rolled back."""
        self._deferred.clear()

    def resolve_deferred(self) -> None:
        """Set the deferred references; only every second one of those that are nullable."""
        for index, (shape, field, key) in enumerate(self._deferred):
            if field.null and index % 2:
                continue
            free = self.context.free(shape, field)
            if free:
                _update(self.context, shape, key, field, free[0])
                self.context.used_values(shape).add({field.attname: free[0]})
        self._deferred.clear()


def _reason_of(error: BaseException) -> str:
    if isinstance(error, NoRow):
        return error.reason
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _update(context: SeedContext, shape: ModelShape, key: Any, field: Field, value: Any) -> None:
    rows: QuerySet[models.Model] = QuerySet(model=shape.model, using=context.connection.alias)
    rows.filter(pk=key).update(**{field.attname: value})
