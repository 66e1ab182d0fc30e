"""Turns the choices of rows that a migration makes into rows that it chooses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback.worker.seed.constants.documents import document, is_document
from django_switchback.worker.seed.constants.interface import (
    FIRST_ITEM,
    Column,
    Condition,
    MigrationConstants,
    RowChoice,
)
from django_switchback.worker.seed.constants.values import LOOKUPS, matching_value, standing_of
from django_switchback.worker.seed.declared_fields import DeclaredFields
from django_switchback.worker.seed.interface import Field, FixedValues, Model, RowWith, referred_model
from django_switchback.worker.seed.model_fields import field_named

_ROWS_PER_CHOICE = 6
_ROWS = 24
"""Rows for one migration."""

ConditionAt: TypeAlias = tuple[list[str], Any]
"""The parts of a condition's path, and one of its constants."""


class ChosenRow(NamedTuple):
    """A row that the code of a migration chooses; ``typical``: an application would have stored it.

    ``single`` are those of its values that no other row may have, since the code expects one such row.
    """

    model: Model
    fixed: FixedValues
    typical: bool
    single: FixedValues = ()


class RowBuilder:
    """Builds rows from choices, for the models of one state."""

    def __init__(
        self,
        models_by_table: Mapping[str, Model],
        declared: DeclaredFields,
        connection: BaseDatabaseWrapper,
    ) -> None:
        self._owners = {model._meta.label_lower: model for model in models_by_table.values()}
        self._owners |= {table.lower(): model for table, model in models_by_table.items()}
        self._declared = declared
        self._position = 0
        self._used: tuple[tuple[str, str], ...] = ()
        self._connection = connection

    def chosen(self, constants: MigrationConstants) -> tuple[ChosenRow, ...]:
        """Return rows that the forward step chooses; none that it would itself create."""
        self._position, self._used = constants.position, constants.used
        created = self._all(constants.created)
        rows = [row for row in self._all(constants.chosen) if not _is_among(row, created)]
        return tuple(_with_singles(rows, self._all(constants.single))[:_ROWS])

    def _model(self, owner: str) -> Model | None:
        """Return the model by its label, or by its table, with or without a schema."""
        name = owner.lower()
        return self._owners.get(name) or self._owners.get(name.rpartition(".")[2])

    def _all(self, choices: tuple[RowChoice, ...]) -> list[ChosenRow]:
        return _distinct([row for choice in choices for row in self._of_choice(choice)])

    def _of_choice(self, choice: RowChoice) -> Iterator[ChosenRow]:
        model = self._model(choice.owner)
        if model is None:
            return
        number = max((len(condition.values) for condition in choice.conditions), default=0)
        for index in range(max(1, min(number, _ROWS_PER_CHOICE))):
            *referred, row = self._rows(model, [_at(condition, index) for condition in choice.conditions])
            yield from referred
            if row.fixed:
                is_typical = row.typical and not self._is_guessed(choice)
                chosen = row._replace(typical=is_typical)
                yield chosen
                for condition in choice.conditions:
                    yield from _followers(chosen, condition)

    def _is_guessed(self, choice: RowChoice) -> bool:
        """Return whether a value of unknown type is one that the code computes with."""
        return any(
            not condition.values and (choice.owner, condition.path) in self._used
            for condition in choice.conditions
        )

    def _rows(self, model: Model, conditions: list[ConditionAt]) -> list[ChosenRow]:
        """Return a row that meets ``conditions`` as the last one, after the rows that it refers to."""
        rows: list[ChosenRow] = []
        row = ChosenRow(model, (), typical=True)
        inner: dict[str, list[ConditionAt]] = {}
        for (name, *rest), constant in conditions:
            field = field_named(model, name)
            if field is None:
                continue
            if isinstance(constant, Column):
                *referred, row = self._with_column(row, field, rest, constant)
                rows += referred
            elif rest and rest[0] not in LOOKUPS and field.related_model is not None:
                inner.setdefault(field.name, []).append((rest, constant))
            else:
                row = self._with_value(row, field, rest, constant)
        for name, some in inner.items():
            field = field_named(model, name)
            *referred, other = self._rows(field.related_model, some)
            rows += referred
            if other.fixed:
                row, links = _referring(row, field, other)
                rows += [other, *links]
        return [*rows, row]

    def _with_column(self, row: ChosenRow, field: Any, path: list[str], column: Column) -> list[ChosenRow]:
        """Return the row that ``column`` is of, and then ``row`` with its value."""
        model = self._model(column.rows.owner)
        source = None if model is None or column.rows.relation else field_named(model, column.path)
        if model is None or source is None or not _can_hold(field, source) or path not in ([], ["in"]):
            return [row]
        *referred, other = self._rows(model, [_at(condition, 0) for condition in column.rows.conditions])
        if not other.fixed and field.is_relation:
            return [row]  # any row that it refers to is one of these
        fixed = {**dict(row.fixed), field.attname: RowWith(model, other.fixed, source.attname)}
        found = [*referred, other] if other.fixed else []
        return [*found, ChosenRow(row.model, tuple(sorted(fixed.items())), row.typical and other.typical)]

    def _with_value(self, row: ChosenRow, field: Field, path: list[str], constant: Any) -> ChosenRow:
        if path == ["isnull"]:
            return _with_null(row, field, constant)
        if field.is_relation or isinstance(field, models.AutoField):
            return row
        fixed = dict(row.fixed)
        value = self._value(field, path, constant, fixed.get(field.attname))
        if value is None:
            return row
        standing = standing_of(field, value, self._declared, self._position, self._connection)
        if standing is None:
            return row
        fixed[field.attname] = value
        return row._replace(fixed=tuple(sorted(fixed.items())), typical=row.typical and standing == "typical")

    def _value(self, field: Field, path: list[str], constant: Any, earlier: Any) -> Any:
        lookup = path[-1] if path and path[-1] in LOOKUPS else "exact"
        keys = path[:-1] if path and path[-1] in LOOKUPS else path
        if isinstance(field, models.JSONField) and lookup in {"has_key", "contains"}:
            keys, constant = [*keys, str(constant)], None
        base = getattr(field, "base_field", None)
        if isinstance(base, models.Field):
            item = self._value(base, [], constant, None)
            return None if item is None or keys not in ([], [FIRST_ITEM]) else [item]
        if keys:
            if not is_document(field, keys):
                return None
            if isinstance(field, models.JSONField):
                return document(keys, constant, earlier)
            return json.dumps(document(keys, constant, json.loads(earlier) if earlier else None))
        return None if constant is None else matching_value(lookup, constant, field)


def _with_null(row: ChosenRow, field: Any, constant: Any) -> ChosenRow:
    """Return ``row`` with null in ``field`` if it can hold null and ``constant`` asks for that."""
    if constant is not True or not field.concrete or field.many_to_many or not field.null:
        return row
    return row._replace(fixed=tuple(sorted({**dict(row.fixed), field.attname: None}.items())))


def _at(condition: Condition, index: int) -> ConditionAt:
    """Return the path of ``condition`` and its constant at ``index``; the shorter lists begin again."""
    values = condition.values
    return condition.path.split("__"), values[index % len(values)] if values else None


def _referring(row: ChosenRow, field: Any, other: ChosenRow) -> tuple[ChosenRow, list[ChosenRow]]:
    """Return ``row`` with ``other`` as what ``field`` refers to, and rows that link to ``other``."""
    typical = row.typical and other.typical
    if isinstance(field, models.ForeignKey):
        fixed = {**dict(row.fixed), field.attname: RowWith(other.model, other.fixed)}
        return ChosenRow(row.model, tuple(sorted(fixed.items())), typical), []
    return row._replace(typical=typical), list(_links(field, other))


def _distinct(rows: list[ChosenRow]) -> list[ChosenRow]:
    # Documents have no hash.
    return list({repr((row.model, row.fixed)): row for row in rows}.values())


def _with_singles(rows: list[ChosenRow], singles: list[ChosenRow]) -> list[ChosenRow]:
    """Return ``rows`` with one row for each of ``singles``: the last one, which meets the most conditions."""
    kept: dict[Any, ChosenRow] = {}
    for row in rows:
        met = (other for other in singles if other.model is row.model and _has(row, other.fixed))
        single = next(met, ChosenRow(row.model, (), typical=True)).fixed
        kept[repr((row.model, single or row.fixed))] = row._replace(single=single)
    return list(kept.values())


def _can_hold(field: Any, source: Any) -> bool:
    """Return whether the column of ``field``, no key of its own table, can hold the values of ``source``."""
    if not isinstance(field, models.Field) or not field.concrete or field.primary_key or field.many_to_many:
        return False
    if isinstance(field, models.ForeignKey):
        return field.target_field.model is source.model and field.target_field.attname == source.attname
    return not source.is_relation and source.concrete


def _links(field: Any, row: ChosenRow) -> Iterator[ChosenRow]:
    """Yield a row of the table that links to ``row`` for a many-to-many field."""
    through = getattr(field, "through", None) or getattr(field.remote_field, "through", None)
    if through is None:
        return
    for link in through._meta.local_concrete_fields:
        if referred_model(link) is row.model:
            yield ChosenRow(through, ((link.attname, RowWith(row.model, row.fixed)),), row.typical)
            return


def _followers(row: ChosenRow, condition: Condition) -> Iterator[ChosenRow]:
    """Yield a row that refers to ``row``, where the code only goes on to a relation of it."""
    if condition.values:
        return
    relation: Any
    for relation in (*row.model._meta.related_objects, *row.model._meta.many_to_many):
        link = relation.field if isinstance(relation, models.ManyToOneRel) else None
        names = {relation.name, getattr(relation, "get_accessor_name", str)()}
        if condition.path in names and link is not None:
            fixed = ((link.attname, RowWith(row.model, row.fixed)),)
            yield ChosenRow(relation.related_model, fixed, row.typical)
        elif condition.path in names:
            yield from _links(relation, row)


def _is_among(row: ChosenRow, created: list[ChosenRow]) -> bool:
    """Return whether the migration creates a row with all the values of ``row``."""
    return any(row.model is other.model and _has(other, row.fixed) for other in created)


def _has(row: ChosenRow, fixed: FixedValues) -> bool:
    values = dict(row.fixed)
    return all(name in values and values[name] == value for name, value in fixed)
