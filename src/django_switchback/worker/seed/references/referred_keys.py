"""Caches the keys that foreign keys can refer to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import FieldError
from django.db import Error, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from django_switchback.worker.seed.interface import (
    Field,
    Model,
    limit_of,
    referred_model,
    row_order,
    target_field,
)

_MAX_KEYS = 60
_LAST_KEYS = 10
"""Keys read from the end of larger tables as well, so that newly inserted rows are among them."""


class ReferencedKeys:
    """Caches the keys of referenced tables until their rows change."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._cache: dict[tuple[str, str, str], tuple[Any, ...]] = {}

    def forget(self, model: Model) -> None:
        """Drop the cached keys of ``model``, whose rows have changed."""
        table = model._meta.db_table
        self._cache = {key: keys for key, keys in self._cache.items() if key[0] != table}

    def learn(self, model: Model, keys: list[Any], *, first: bool) -> None:
        """Cache the new ``keys`` of ``model``, and drop its other entries.

        ``first`` means that the table was empty. Only few integer keys are added, since their order is known;
        other keys are read again.
        """
        place = (model._meta.db_table, model._meta.pk.attname, "")
        before = () if first else self._cache.get(place)
        self.forget(model)
        if before is not None and all(type(key) is int for key in (*before, *keys)):
            cached = sorted({*before, *keys})
            if len(cached) < _MAX_KEYS:
                self._cache[place] = tuple(cached)

    def of(self, field: Field) -> tuple[Any, ...]:
        """Return the values that the foreign key ``field`` may have, in the order of the rows.

        Values within ``limit_choices_to`` if there are any; otherwise all values.
        """
        model = referred_model(field)
        if model is None:
            return ()
        return self.within_limit(field) or self.keys(model, target_field(field).attname)

    def within_limit(self, field: Field) -> tuple[Any, ...]:
        """Return the values within ``limit_choices_to`` of ``field``; empty without a limit."""
        model = referred_model(field)
        limit = limit_of(field)
        if model is None or not limit:
            return ()
        return self._limited(model, target_field(field).attname, limit)

    def those_within_limit(self, field: Field, keys: Sequence[Any]) -> list[Any]:
        """Return those of the primary ``keys`` that ``limit_choices_to`` of ``field`` allows."""
        model = referred_model(field)
        limit = limit_of(field)
        if model is None or not limit:
            return list(keys)
        allowed = set(self._selected(model, "pk", _condition(limit) & models.Q(pk__in=keys)))
        return [key for key in keys if key in allowed]

    def keys(self, model: Model, attname: str = "") -> tuple[Any, ...]:
        """Return values of one column of ``model`` (default: the primary key), in the order of the rows."""
        attname = attname or model._meta.pk.attname
        place = (model._meta.db_table, attname, "")
        if place not in self._cache:
            self._cache[place] = self._fetched(model, attname, models.Q())
        return self._cache[place]

    def _limited(self, model: Model, attname: str, limit: Any) -> tuple[Any, ...]:
        place = (model._meta.db_table, attname, repr(limit))
        if place not in self._cache:
            self._cache[place] = self._selected(model, attname, _condition(limit))
        return self._cache[place]

    def _selected(self, model: Model, attname: str, condition: models.Q) -> tuple[Any, ...]:
        """Return the values of rows within a limit; empty if it names fields that ``model`` lacks."""
        try:
            with transaction.atomic(using=self._connection.alias):
                return self._fetched(model, attname, condition)
        except (FieldError, Error, TypeError, ValueError):
            return ()

    def _fetched(self, model: Model, attname: str, condition: models.Q) -> tuple[Any, ...]:
        rows: QuerySet[Any] = QuerySet(model=model, using=self._connection.alias).filter(condition)
        rows = rows.order_by(*row_order(model))
        values = list(rows.values_list(attname, flat=True)[:_MAX_KEYS])
        if len(values) == _MAX_KEYS:
            last = rows.reverse().values_list(attname, flat=True)[:_LAST_KEYS]
            values = list(dict.fromkeys([*values, *reversed(last)]))
        return tuple(dict.fromkeys(key for key in values if key is not None))


class KeysInUse(ReferencedKeys):
    """The keys that rows refer to already: they are known without a look at the table referred to."""

    def of(self, field: Field) -> tuple[Any, ...]:
        """Return the values that rows have in ``field``, or if there are none those that it may have."""
        return self.keys(field.model, field.attname) or super().of(field)


def _condition(limit: Any) -> models.Q:
    """Return ``limit_choices_to`` as an expression."""
    return limit if isinstance(limit, models.Q) else models.Q(**limit)
