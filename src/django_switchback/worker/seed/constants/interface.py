"""Types: places in the code's data that constants are compared with, and the choices of rows by them."""

from __future__ import annotations

import datetime
import sys
import uuid
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

MAX_ALTERNATIVES = 12
"""Values that one expression may have; more are ignored."""

FIRST_ITEM = "0"
"""The part of a path that stands for an item of a list within JSON, or of an array."""

Alternatives: TypeAlias = tuple[Any, ...]
"""The values that an expression may have, as far as they are known."""

CONSTANT_TYPES = (
    str,
    int,
    float,
    bytes,
    Decimal,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    uuid.UUID,
)
"""Types of the constants that a column can hold; booleans are integers."""


class Condition(NamedTuple):
    """A condition on one column: a lookup path such as ``author__name__in`` or ``data__kind``.

    A value is a constant, or a :class:`Column` whose values in some other rows it has.
    """

    path: str
    values: tuple[Any, ...]


class RowChoice(NamedTuple):
    """Conditions that one row has to meet at the same time to be chosen by the code.

    ``owner`` is a model's label in lower case, or the name of a table that SQL mentions.
    """

    owner: str
    conditions: tuple[Condition, ...]


class MigrationConstants(NamedTuple):
    """The choices of rows by constants that a migration's forward step makes.

    ``created`` are the values of the rows that it inserts.
    """

    chosen: tuple[RowChoice, ...] = ()
    created: tuple[RowChoice, ...] = ()
    single: tuple[RowChoice, ...] = ()
    """Choices that may find one row at most, as ``get`` does."""
    used: tuple[tuple[str, str], ...] = ()
    """Columns by owner and path whose values the code computes with, so that their type matters."""
    read: tuple[RowChoice, ...] = ()
    """The columns and places in documents that the code reads, even to refuse rows."""
    position: int = sys.maxsize
    """The migration's place in the plan; by default that of head."""


NO_CONSTANTS = MigrationConstants()


class ModelRows(NamedTuple):
    """Rows of a model, or a single one, that an expression stands for.

    ``relation`` is the path from the model to the rows of a related one, ``conditions`` what they meet.
    """

    owner: str
    relation: str = ""
    conditions: tuple[Condition, ...] = ()

    def path(self, lookup: str) -> str:
        """Return the lookup path from the model to ``lookup`` of these rows."""
        return f"{self.relation}__{lookup}" if self.relation else lookup


class Column(NamedTuple):
    """A column of some rows, or a place in its JSON document."""

    rows: ModelRows
    path: str


class TableOf(NamedTuple):
    """The table of a model, as ``_meta`` tells its name."""

    owner: str


class Conditions(NamedTuple):
    """Conditions that belong to no rows yet, as a ``Q`` object has them."""

    conditions: tuple[Condition, ...]
