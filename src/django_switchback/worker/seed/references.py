"""The keys that foreign keys may point at."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldError
from django.db import Error, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from django_switchback.worker.seed.interface import Field, Model, referred_model

_MAX_KEYS = 60
_LAST_KEYS = 10
"""Of so many rows that not all are looked at, these as well: what was just made is among them."""


class ReferencedKeys:
    """Looks keys up once and remembers them until told that rows were added."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._cache: dict[tuple[str, str, str], tuple[Any, ...]] = {}

    def forget(self, model: Model) -> None:
        """Look up anew what points at ``model``: its rows have changed."""
        table = model._meta.db_table
        self._cache = {key: keys for key, keys in self._cache.items() if key[0] != table}

    def learn(self, model: Model, keys: list[Any], *, first: bool) -> None:
        """Know of new ``keys`` of ``model``, the ``first`` that there are or more; forget all else of it.

        The order of whole numbers is their own; of others, and of many, the database is asked again.
        """
        place = (model._meta.db_table, model._meta.pk.attname, "")
        before = () if first else self._cache.get(place)
        self.forget(model)
        if before is not None and all(type(key) is int for key in (*before, *keys)):
            cached = sorted({*before, *keys})
            if len(cached) < _MAX_KEYS:
                self._cache[place] = tuple(cached)

    def of(self, field: Field) -> tuple[Any, ...]:
        """Return the values that the foreign key ``field`` may take, the first rows first.

        Those that ``limit_choices_to`` names, if there are any; otherwise all.
        """
        model = referred_model(field)
        if model is None:
            return ()
        attname = field.target_field.attname  # type: ignore[attr-defined] # a foreign key
        limit = field.get_limit_choices_to()  # type: ignore[attr-defined] # a foreign key
        return (limit and self._limited(model, attname, limit)) or self.keys(model, attname)

    def keys(self, model: Model, attname: str = "") -> tuple[Any, ...]:
        """Return values of one column of ``model``, the primary key unless named, the first rows first."""
        attname = attname or model._meta.pk.attname
        place = (model._meta.db_table, attname, "")
        if place not in self._cache:
            self._cache[place] = self._fetched(model, attname, models.Q())
        return self._cache[place]

    def _limited(self, model: Model, attname: str, limit: Any) -> tuple[Any, ...]:
        place = (model._meta.db_table, attname, repr(limit))
        if place not in self._cache:
            condition = limit if isinstance(limit, models.Q) else models.Q(**limit)
            try:
                with transaction.atomic(using=self._connection.alias):
                    self._cache[place] = self._fetched(model, attname, condition)
            except (FieldError, Error, TypeError, ValueError):
                self._cache[place] = ()  # NOTE: the form's limit speaks of what history did not know yet
        return self._cache[place]

    def _fetched(self, model: Model, attname: str, condition: models.Q) -> tuple[Any, ...]:
        rows: QuerySet[Any] = QuerySet(model=model, using=self._connection.alias).filter(condition)
        values = list(rows.order_by("pk").values_list(attname, flat=True)[:_MAX_KEYS])
        if len(values) == _MAX_KEYS:
            last = rows.order_by("-pk").values_list(attname, flat=True)[:_LAST_KEYS]
            values = list(dict.fromkeys([*values, *reversed(last)]))
        return tuple(key for key in values if key is not None)
