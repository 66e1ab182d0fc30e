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
        self._known: dict[tuple[str, str, str], tuple[Any, ...]] = {}

    def forget(self, model: Model) -> None:
        """Look up anew what points at ``model``: its rows have changed."""
        table = model._meta.db_table
        self._known = {key: keys for key, keys in self._known.items() if key[0] != table}

    def learn(self, model: Model, keys: list[Any], *, first: bool) -> None:
        """Know of new ``keys`` of ``model``, the ``first`` that there are or more; forget all else of it.

        The order of whole numbers is their own; of others, and of many, the database is asked again.
        """
        place = (model._meta.db_table, model._meta.pk.attname, "")
        before = () if first else self._known.get(place)
        self.forget(model)
        if before is not None and all(type(key) is int for key in (*before, *keys)):
            known = sorted({*before, *keys})
            if len(known) < _MAX_KEYS:
                self._known[place] = tuple(known)

    def of(self, field: Field) -> tuple[Any, ...]:
        """Return the values that the foreign key ``field`` may take, the first rows first.

        Those that ``limit_choices_to`` names, if there are any; otherwise all.
        """
        found = referred_model(field)
        if found is None:
            return ()
        wanted = field.target_field.attname  # type: ignore[attr-defined] # a foreign key
        limit = field.get_limit_choices_to()  # type: ignore[attr-defined] # a foreign key
        return (limit and self._limited(found, wanted, limit)) or self.keys(found, wanted)

    def keys(self, model: Model, attname: str = "") -> tuple[Any, ...]:
        """Return values of one column of ``model``, the primary key unless named, the first rows first."""
        attname = attname or model._meta.pk.attname
        place = (model._meta.db_table, attname, "")
        if place not in self._known:
            self._known[place] = self._fetched(model, attname, models.Q())
        return self._known[place]

    def _limited(self, model: Model, attname: str, limit: Any) -> tuple[Any, ...]:
        place = (model._meta.db_table, attname, repr(limit))
        if place not in self._known:
            condition = limit if isinstance(limit, models.Q) else models.Q(**limit)
            try:
                with transaction.atomic(using=self._connection.alias):
                    self._known[place] = self._fetched(model, attname, condition)
            except (FieldError, Error, TypeError, ValueError):
                self._known[place] = ()  # NOTE: the form's limit speaks of what history did not know yet
        return self._known[place]

    def _fetched(self, model: Model, attname: str, condition: models.Q) -> tuple[Any, ...]:
        rows: QuerySet[Any] = QuerySet(model=model, using=self._connection.alias).filter(condition)
        found = list(rows.order_by("pk").values_list(attname, flat=True)[:_MAX_KEYS])
        if len(found) == _MAX_KEYS:
            last = rows.order_by("-pk").values_list(attname, flat=True)[:_LAST_KEYS]
            found = list(dict.fromkeys([*found, *reversed(last)]))
        return tuple(key for key in found if key is not None)
