"""Holds the state of one fill: models, row counts, and cached keys and unique values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from random import Random
from types import MappingProxyType
from typing import Any

from django.apps.registry import Apps
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from django_switchback.worker.seed.application.head_checks import HeadChecks
from django_switchback.worker.seed.constraints.used_values import UsedValues, comparable
from django_switchback.worker.seed.declared_fields import DeclaredFields
from django_switchback.worker.seed.interface import (
    Field,
    Model,
    ModelRowValues,
    RowRequest,
    RowWith,
    referred_model,
    row_order,
    target_field,
)
from django_switchback.worker.seed.model_fields import ModelShape, shape_for_both
from django_switchback.worker.seed.references.generic_foreign_keys import (
    GenericForeignKeyColumns,
    fits,
    is_content_type,
    is_permission,
)
from django_switchback.worker.seed.references.referred_keys import ReferencedKeys
from django_switchback.worker.seed.row_counts import RowCounts
from django_switchback.worker.seed.values.rng import seeded_rng
from django_switchback.worker.seed.values.text_formats import TextFormat


class SeedContext:
    """The connection, the models of the migration state, row counts and cached lookups of one fill.

    ``others`` are models of the same tables in another state, which must accept the rows too.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        apps: Apps,
        seed: int,
        inventory: RowCounts,
        declared: DeclaredFields,
        others: Mapping[str, Model] = MappingProxyType({}),
    ) -> None:
        self.text_formats: dict[tuple[str, str], TextFormat] = {}
        """The formats of text columns, by table and column."""
        self.connection = connection
        self.apps = apps
        self.seed = seed
        self.models = inventory.models
        self.counts = dict(inventory.rows)
        self.declared = declared
        self._others = others
        self.references = ReferencedKeys(connection)
        self.head_checks = HeadChecks(connection, declared)
        self._shapes: dict[Model, ModelShape] = {}
        self._used_values: dict[str, UsedValues] = {}
        self._types: dict[str, Any] | None = None
        self.inserted: list[tuple[Model, list[Any]]] = []

    def shape(self, model: Model) -> ModelShape:
        """Return the cached shape of ``model``."""
        if model not in self._shapes:
            self._shapes[model] = shape_for_both(model, self._others.get(model._meta.db_table))
        return self._shapes[model]

    def used_values(self, shape: ModelShape) -> UsedValues:
        """Return the unique values that a table already has."""
        if shape.table not in self._used_values:
            empty = self.counts.get(shape.table, 1) == 0
            self._used_values[shape.table] = UsedValues(shape, self.connection, empty=empty)
        return self._used_values[shape.table]

    def changed(self, model: Model, keys: list[Any]) -> None:
        """Record rows inserted into the table of ``model``."""
        self.inserted.append((model, keys))
        table = model._meta.db_table
        was_empty = self.counts.get(table) == 0
        self.counts[table] = self.counts.get(table, 0) + len(keys)
        self.references.learn(model, keys, first=was_empty)
        if is_content_type(model):
            self._types = None

    def savepoint(self) -> tuple[dict[str, int], int]:
        """Return the state that :meth:`rollback` restores."""
        return dict(self.counts), len(self.inserted)

    def rollback(self, savepoint: tuple[dict[str, int], int]) -> None:
        """Discard the rows recorded since ``savepoint``, after the database rolled back its savepoint."""
        self.counts = dict(savepoint[0])
        del self.inserted[savepoint[1] :]
        self._used_values.clear()
        self._types = None
        self.references = ReferencedKeys(self.connection)

    def rng(self, shape: ModelShape, request: RowRequest) -> Random:
        """Return the seeded random generator of one row."""
        return seeded_rng(self.seed, shape.table, request.number, request.profile, request.attempt)

    def rows(self, model: Model, *names: str) -> list[tuple[Any, ...]]:
        """Return columns of the rows of ``model`` (at most 2,000), in the order of its primary key."""
        return list(
            QuerySet(model=model, using=self.connection.alias).order_by("pk").values_list(*names)[:2000]
        )

    def free(self, shape: ModelShape, field: Field) -> list[Any]:
        """Return the keys that a foreign key may refer to; a unique foreign key uses each key once."""
        keys: Collection[Any] = self.references.of(field)
        doubtful = self._doubtful_types(field)
        keys = [key for key in keys if key not in doubtful] if doubtful else keys
        used = self.used_values(shape).values(field.attname) if field.attname in shape.single else frozenset()
        return [key for key in keys if comparable(key) not in used]

    def first(self, shape: ModelShape) -> ModelRowValues:
        """Return the values of the table's first row, inserted or only drafted; empty if there is no row."""
        if not self.counts.get(shape.table):
            return self.used_values(shape).first
        rows: Any = QuerySet(model=shape.model, using=self.connection.alias)
        rows = rows.order_by(*row_order(shape.model)).values()
        try:
            values: ModelRowValues = rows.first() or {}
        except Error:
            raise
        except Exception:
            # A custom field may fail to read its own column: then there is no row to duplicate.
            return {}
        return values

    def _doubtful_types(self, field: Field) -> Collection[Any]:
        """Return the content types, or their permissions, of models that share a table with another model.

        While a model moves between apps there are two of these, and only one has ever been referred to.
        """
        target = referred_model(field)
        if (
            target is None
            or not self._sharing_models
            or not (is_content_type(target) or is_permission(target))
        ):
            return ()
        types = {key for label, key in self.content_types().items() if label in self._sharing_models}
        if is_content_type(target):
            return types
        return {
            key for key, content_type in self.rows(target, "pk", "content_type_id") if content_type in types
        }

    @cached_property
    def _sharing_models(self) -> frozenset[str]:
        """The labels of the models that share their table with another model."""
        labels: dict[str, list[str]] = {}
        for model in self.apps.get_models():
            if not model._meta.proxy:
                labels.setdefault(model._meta.db_table, []).append(model._meta.label_lower)
        return frozenset(label for shared in labels.values() for label in shared if len(shared) > 1)

    def table_of(self, label: str) -> str:
        """Return the table of the model ``label``, in lower case."""
        return str(self.apps.get_model(label)._meta.db_table)

    def with_values(self, wanted: RowWith) -> QuerySet[Any]:
        """Return the rows that have the fixed values, and refer to rows with those fixed for them."""
        rows: QuerySet[Any] = QuerySet(model=wanted.model, using=self.connection.alias)
        fields = {field.attname: field for field in wanted.model._meta.concrete_fields}
        for name, value in wanted.fixed:
            if isinstance(value, RowWith):
                field = fields[name]
                values = self.with_values(value).values_list(
                    value.attname or target_field(field).attname, flat=True
                )
                # The database does not compare a column with one of another type.
                value = values if field.is_relation else [field.to_python(key) for key in values[:2000]]
                name = f"{name}__in"
            rows = rows.filter(**{name: value})
        return rows

    def content_types(self) -> dict[str, Any]:
        """Return the content type keys by ``app_label.model``; empty if the table does not exist."""
        if self._types is None:
            content_type_model = next(filter(is_content_type, self.models.values()), None)
            present = content_type_model is not None and content_type_model._meta.db_table in self.counts
            rows = (
                self.rows(content_type_model, "app_label", "model", "pk")
                if content_type_model is not None and present
                else []
            )
            self._types = {f"{app}.{model}": key for app, model, key in rows}
        return self._types

    def random_object(
        self, generic: GenericForeignKeyColumns, field: Field, rng: Random
    ) -> tuple[Any, Any] | None:
        """Return a content type and the key of one of its objects, for a generic foreign key.

        ``None`` if no key of any table fits into ``field``.
        """
        types = self.content_types()
        candidates = [
            model
            for table, model in self.models.items()
            if self.counts.get(table)
            and model._meta.label_lower in types.keys() - self._sharing_models
            and not is_content_type(model)
        ]
        rng.shuffle(candidates)
        for model in candidates:
            key = next(iter(self.references.keys(model)), None)
            if key is not None and fits(generic, key, field):
                return types[model._meta.label_lower], str(key) if generic.textual else key
        return None
