"""Records about what a rehearsal could not do, or could not keep within its sandboxes."""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback.evidence.record_values import Direction, MigrationName, Phase, Record


class BelongsToServer(Record, frozen=True, tag="belongs-to-server"):
    """A step was rolled back since it changes objects shared by all databases of a server given by URL.

    ``what`` names the objects, or is the server's error message.
    """

    database: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    what: str


class ValuesNotUnderstood(Record, frozen=True, tag="values-not-understood"):
    """A data migration cannot read the values that were made for a column, in any format that was tried.

    ``failure`` is the exception of the call that read one, ``tried`` names the formats.
    """

    database: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    table: str
    column: str
    failure: str
    model: str = ""
    """Label and field, as a scenario names them, where the table has a model."""
    tried: tuple[str, ...] = ()
    document: bool = False
    """Whether the column holds JSON, else text."""


class TouchedElsewhere(Record, frozen=True, tag="touched-elsewhere"):
    """The project's code accessed a database, host or program outside the sandboxes.

    ``address`` contains no password. ``moment``: while the project was loaded (``manage.py`` included), in a
    step of ``migration``, or between two steps, when rows are seeded and checks run. ``refused``: nothing was
    sent. ``place`` is the innermost line of the project's files on the stack.
    """

    database: str
    moment: Literal["loading", "step", "between-steps"]
    kind: Literal["database", "host", "program", "link"]
    address: str
    refused: bool = False
    migration: MigrationName | None = None
    place: str = ""


RehearsalRecord: TypeAlias = BelongsToServer | ValuesNotUnderstood | TouchedElsewhere
