"""Values within records: migration names, failures, differences, rows."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

CheckName: TypeAlias = Literal["migrations", "backup-verification", "performance"]
"""The check that a run performs: the rehearsal, or another check of the suite that uses workers."""

Keep: TypeAlias = Literal["storage", "mail", "caches"]
"""Parts of the project that a rehearsal replaces unless ``keep`` names them."""

Phase: TypeAlias = Literal["scratch", "cycle", "unwind"]

Direction: TypeAlias = Literal["forward", "rollback", "reapply"]

Outcome: TypeAlias = Literal["ok", "failed", "timed-out", "died"]

Statement: TypeAlias = Literal["insert", "select", "update", "delete"]
"""The kinds of statements that a release's models send."""

ComparedPoint: TypeAlias = Literal["restored", "reapplied", "after-failure"]
"""The points of a cycle or unwind at which schema and rows are compared."""

Rows: TypeAlias = Literal["none", "typical", "edge", "new"]
"""The rows in the tables, each kind with those before it.

*typical*: ordinary values; *edge*: extreme values that the schema allows (NULL, empty, longest, duplicates);
*new*: rows as the new release writes them. Typical and edge rows are seeded before the target is applied, new
rows after it.
"""


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """Base class of all values and records: immutable, compared by value."""


class MigrationName(Value, frozen=True, order=True):
    """The identity of a migration; written ``app.name``."""

    app: str
    name: str

    def __str__(self) -> str:
        return f"{self.app}.{self.name}"


class Shard(Value, frozen=True, order=True):
    """A shard of a run: the ``number``-th of ``total``; written ``2/3``."""

    number: int
    total: int

    def __str__(self) -> str:
        return f"{self.number}/{self.total}"


class Failure(Value, frozen=True):
    """An exception of the project's code, as text, which reports must escape."""

    type: str
    message: str
    sqlstate: str | None = None
    traceback: str = ""
    operation: str | None = None
    irreversible: bool = False
    replaced: str = ""
    """The replaced setting that caused it, such as ``CACHES['default']``."""
    of_server: str = ""
    """What it would have changed on a server given by URL; the change was rolled back."""
    doubt: Literal["", "trigger", "field"] = ""
    """Who may have raised it on purpose: a *trigger* or rule, or a *field* of the project's own class."""
    swallowed: bool = False
    """Whether the migration caught it: ``migrate`` ended well although its transaction was rolled back."""
    statement: str = ""
    """The statement that raised it, of a swallowed one."""

    @property
    def kept_setting(self) -> str:
        """The line of ``[tool.switchback]`` with which the run does not replace the setting ``replaced``."""
        families = (name for start, name in _KEEP_BY_SETTING.items() if self.replaced.startswith(start))
        return f'keep = ["{next(families, "storage")}"]'


_KEEP_BY_SETTING: dict[str, Keep] = {"CACHES": "caches", "EMAIL_BACKEND": "mail", "MAILERS": "mail"}
"""What ``keep`` calls a setting, by the beginning of its name; all others are ``storage``."""


class Difference(Value, frozen=True, order=True):
    """One difference between two schemas.

    ``kind`` is the sort of catalogue object (``table``, ``column``, ``constraint``, ``index``, ``sequence``,
    ``view``, ``function``, ``trigger``, ``type``, ``extension``, ``policy``, ``grant``, ``comment``,
    ``statistics``, ``schema``, and of the whole server ``role``, ``membership``, ``setting``); ``name`` is
    unique within the kind. ``change`` is seen from the first schema: ``missing`` is gone in the second,
    ``extra`` is only in the second, ``different`` differs in ``attribute``, ``renamed`` is equal but for its
    name (``before`` and ``after`` hold the names). ``same_storage``: SQLite stores both types alike, and
    Django reads them alike.
    """

    kind: str
    name: str
    change: Literal["missing", "extra", "different", "renamed"]
    table: str | None = None
    attribute: str | None = None
    before: str | None = None
    after: str | None = None
    same_storage: bool = False


class RowExample(Value, frozen=True):
    """One row that differs; ``key`` is its primary key, values are the database's text."""

    change: Literal["lost", "added", "changed"]
    key: dict[str, str | None]
    columns: tuple[str, ...] = ()
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}


class RowDifference(Value, frozen=True):
    """How the rows of one table differ in the columns that both snapshots have.

    ``refers`` are those of ``columns`` that are compared by the row that they refer to, each with that row's
    table: their values name a content type or a permission.
    """

    table: str
    lost: int = 0
    added: int = 0
    changed: int = 0
    columns: tuple[str, ...] = ()
    examples: tuple[RowExample, ...] = ()
    refers: dict[str, str] = {}
    alias: str = ""
    """The alias of the database, if the table is not in the target's own one; ``table`` then names both."""


class Comparison(Value, frozen=True):
    """The differences between two snapshots; empty if they are equal."""

    schema: tuple[Difference, ...] = ()
    rows: tuple[RowDifference, ...] = ()


class Operation(Value, frozen=True):
    """An operation of a migration, described by its class."""

    kind: str
    description: str
    reversible: bool
    destructive: bool = False
    data: bool = False
    """Whether it runs Python code or SQL of the project in either direction: no schema operation."""


class OperationRan(Value, frozen=True):
    """What one data operation did in a step: the number of statements sent and of rows written.

    ``index`` is its position in the migration. ``unknown``: it may have written more rows than counted.
    ``sequences``: its SQL statements changed the state of sequences.
    """

    index: int
    statements: int = 0
    written: int = 0
    unknown: bool = False
    sequences: bool = False
    session: int = 0
    """The number of its statements, not in ``statements``, that only control the session or transaction."""


class MigrationFact(Value, frozen=True):
    """A migration as Django's loader reads it."""

    id: MigrationName
    path: str
    first_party: bool
    allowed: bool = True
    """Whether the database routers allow the app to migrate on this alias."""
    dependencies: tuple[MigrationName, ...] = ()
    replaces: tuple[MigrationName, ...] = ()
    atomic: bool = True
    docstring: str = ""
    operations: tuple[Operation, ...] = ()
    line: int = 0
    """The line of the migration's class in its file; 0 if unknown or not first-party."""


class AcknowledgementLimits(Value, frozen=True):
    """When an acknowledgement of the settings holds no longer.

    ``content`` is the digest of the migration that it was written for, ``until`` the last day (ISO 8601);
    each is empty if there is no such limit.
    """

    content: str = ""
    until: str = ""


class SeveritySetting(Value, frozen=True):
    """A severity of the settings for the findings of a rule, of all apps and tables or of those named."""

    rule: str
    severity: Literal["error", "warning", "info"]
    reason: str
    app: str = ""
    table: str = ""


class KnownFinding(Value, frozen=True):
    """An entry of a baseline: a finding, or a migration that was ``skipped``, which the project knows.

    ``cause`` identifies it; the rest is for people, but for ``severity``, beyond which it is not known, and
    the ``engines`` that it was found on.
    """

    migration: str
    """``app.name``; empty for the project as a whole."""
    rule: str
    severity: Literal["error", "warning"]
    engines: tuple[str, ...]
    message: str
    cause: str


class SeededRow(Value, frozen=True):
    """A seeded row, its values as the database's text; ``columns`` are those that the failure depends on.

    ``written``: before the target was applied, or after.
    """

    table: str
    written: Literal["before", "after"]
    columns: tuple[str, ...]
    values: dict[str, str | None]


class Record(Value, frozen=True, tag_field="record"):
    """Base class of the records, one of which is a line of the log."""


class PartRecord(Record, frozen=True, kw_only=True):
    """Base class of what a worker observes in one part of the plan, which it names."""

    part: str = ""


class MigrationRecord(PartRecord, frozen=True):
    """Base class of what is observed about one migration on one database."""

    database: str
    migration: MigrationName
