"""What records are made of: names, failures, differences, rows."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

CheckName: TypeAlias = Literal["migrations", "backup-verification", "performance"]
"""What a run is for: the rehearsal, or another check of the suite that has workers of its own."""

Keep: TypeAlias = Literal["storage", "mail", "caches"]
"""What of the project a rehearsal replaces unless it is told to leave it as it is."""

Phase: TypeAlias = Literal["scratch", "cycle", "unwind"]

Direction: TypeAlias = Literal["forward", "rollback", "reapply"]

Outcome: TypeAlias = Literal["ok", "failed", "timed-out", "died"]

Statement: TypeAlias = Literal["insert", "select", "update", "delete"]
"""What the old release's own code does with a row."""

Rows: TypeAlias = Literal["none", "typical", "edge", "new"]
"""Which rows were on board: none, typical old rows, edge rows as well, new rows as well."""


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The base of everything written here: immutable, compared by value."""


class MigrationName(Value, frozen=True, order=True):
    """The identity of a migration; written ``app.name``."""

    app: str
    name: str

    def __str__(self) -> str:
        return f"{self.app}.{self.name}"


class Failure(Value, frozen=True):
    """An exception of the project's code, as text: hostile, never to be rendered unescaped."""

    type: str
    message: str
    sqlstate: str | None = None
    traceback: str = ""
    operation: str | None = None
    irreversible: bool = False
    replaced: str = ""
    """The setting for whose sake it was raised, such as ``CACHES['default']``, if a rehearsal replaces it."""
    of_server: str = ""
    """What it would have changed of a server that is not ours; it was not let."""


class Difference(Value, frozen=True, order=True):
    """One difference between two schemas.

    ``kind`` is the sort of catalogue object (``table``, ``column``, ``constraint``, ``index``, ``sequence``,
    ``view``, ``function``, ``trigger``, ``type``, ``extension``, ``policy``, ``grant``, ``comment``,
    ``statistics``, ``schema``, and of the whole server ``role``, ``membership``, ``setting``); ``name`` is
    unique within the kind. ``change`` is seen from the first schema: ``missing`` is gone in the second,
    ``extra`` is only in the second, ``different`` differs in ``attribute``, ``renamed`` is equal but for its
    name (``before`` and ``after`` hold the names).
    """

    kind: str
    name: str
    change: Literal["missing", "extra", "different", "renamed"]
    table: str | None = None
    attribute: str | None = None
    before: str | None = None
    after: str | None = None


class RowExample(Value, frozen=True):
    """One row that differs; ``key`` is its primary key, values are the database's text."""

    change: Literal["lost", "added", "changed"]
    key: dict[str, str | None]
    columns: tuple[str, ...] = ()
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}


class RowDifference(Value, frozen=True):
    """How the rows of one table differ, in the columns that both moments have."""

    table: str
    lost: int = 0
    added: int = 0
    changed: int = 0
    columns: tuple[str, ...] = ()
    examples: tuple[RowExample, ...] = ()


class Comparison(Value, frozen=True):
    """What a comparison of two moments found; equal when both tuples are empty."""

    schema: tuple[Difference, ...] = ()
    rows: tuple[RowDifference, ...] = ()


class Operation(Value, frozen=True):
    """One operation of a migration, as its class says."""

    kind: str
    description: str
    reversible: bool
    destructive: bool = False
    data: bool = False
    """Whether it runs code or SQL of the project's own, in either direction, and is no schema operation."""


class OperationRan(Value, frozen=True):
    """What one data operation, named by its place, did in a step: the statements it sent, the rows it wrote.

    ``unknown``: some of its statements may have done more than their count of rows says. ``sequences``: after
    its statements in SQL, sequences had other states than before them.
    """

    index: int
    statements: int = 0
    written: int = 0
    unknown: bool = False
    sequences: bool = False


class MigrationFact(Value, frozen=True):
    """What the loader knows of one migration."""

    id: MigrationName
    path: str
    first_party: bool
    allowed: bool = True
    """Whether the routers let the app migrate on this alias."""
    dependencies: tuple[MigrationName, ...] = ()
    replaces: tuple[MigrationName, ...] = ()
    atomic: bool = True
    docstring: str = ""
    operations: tuple[Operation, ...] = ()


# Records. Everything above is a part of one of these.


class SeededRow(Value, frozen=True):
    """One row that was put in, values as the database's text; ``columns`` are those that matter.

    ``written`` says whether it was there before the target was applied or was written after that.
    """

    table: str
    written: Literal["before", "after"]
    columns: tuple[str, ...]
    values: dict[str, str | None]


class Record(Value, frozen=True, tag_field="record"):
    """The base of a line of the log."""
