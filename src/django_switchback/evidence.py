"""The record types of the evidence log: one JSON object a line, each of one of the types below.

The log is the only thing that passes from the workers to the rules, the verdict and the reports. A
record states what was observed and never what to think of it. :func:`json_schema` publishes the
format; :func:`encode` and :func:`decode` are the only writers and readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from django_switchback.errors import UnreadableEvidence

Check: TypeAlias = Literal["migrations", "backup-verification", "performance"]
"""What a run is for: the rehearsal, or another check of the suite that has workers of its own."""
Phase: TypeAlias = Literal["scratch", "cycle", "unwind"]
Direction: TypeAlias = Literal["forward", "rollback", "reapply"]
Outcome: TypeAlias = Literal["ok", "failed", "timed-out", "died"]
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


class Difference(Value, frozen=True, order=True):
    """One difference between two schemas.

    ``kind`` is the sort of catalogue object (``table``, ``column``, ``constraint``, ``index``, ``sequence``,
    ``view``, ``function``, ``trigger``, ``type``, ``extension``, ``policy``, ``grant``, ``comment``,
    ``statistics``, ``schema``); ``name`` is unique within the kind. ``change`` is seen from the first schema:
    ``missing`` is gone in the second, ``extra`` is only in the second, ``different`` differs in
    ``attribute``, ``renamed`` is equal but for its name (``before`` and ``after`` hold the names).
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


class Record(Value, frozen=True, tag_field="record"):
    """The base of a line of the log."""


class RunStarted(Record, frozen=True, tag="run-started"):
    """The first record of a run; ``started`` is ISO 8601 in UTC."""

    id: str
    seed: int
    started: str
    project: str
    settings: str
    version: str
    fail_on: Literal["error", "warning"] = "error"
    acknowledged: dict[str, dict[str, str]] = {}
    check: Check = "migrations"
    budgets: dict[str, float] = {}
    """Seconds, by ``total``, ``migration`` or ``app.name``."""


class ProjectDescribed(Record, frozen=True, tag="project-described"):
    """The migration graph of one database alias, in the order Django would apply it from nothing."""

    alias: str
    aliases: tuple[str, ...]
    vendor: str
    django: str
    python: str
    migrations: tuple[MigrationFact, ...]
    conflicts: dict[str, tuple[str, ...]] = {}
    unmigrated: tuple[str, ...] = ()


class ProjectRefused(Record, frozen=True, tag="project-refused"):
    """The project cannot be loaded at all: settings that raise, a syntax error, a circular dependency."""

    reason: str
    failure: Failure | None = None


class DatabaseStarted(Record, frozen=True, tag="database-started"):
    """A database under test; later records name it by ``database`` (``postgresql-18``, ``sqlite/other``)."""

    database: str
    engine: Literal["sqlite", "postgresql"]
    alias: str
    version: str
    targets: tuple[MigrationName, ...]


class StepStarted(Record, frozen=True, tag="step-started"):
    """A step is under way; ``part`` names the worker's share of the plan."""

    database: str
    part: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    rows: Rows = "none"
    trial: bool = False


class StepFinished(Record, frozen=True, tag="step-finished"):
    """A step is over; ``seconds`` is wall time, ``queries`` counts statements sent."""

    database: str
    part: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    rows: Rows
    outcome: Outcome
    seconds: float
    queries: int = 0
    failure: Failure | None = None
    trial: bool = False
    """True for the classifying repeats of a step, which count for no timing."""


class Compared(Record, frozen=True, tag="compared"):
    """Two moments compared.

    What is restored against before, the second way forward against the first, what a failed step left against
    what was there.
    """

    database: str
    migration: MigrationName
    phase: Phase
    moment: Literal["restored", "reapplied", "after-failure"]
    rows_on_board: Rows
    comparison: Comparison
    dropped_by_nature: tuple[RowDifference, ...] = ()
    """What went with columns and tables that the target itself had made: no loss."""
    trial: bool = False


class Covered(Record, frozen=True, tag="covered"):
    """How many tables had rows when the target ran; ``empty`` says why for each that had none."""

    database: str
    migration: MigrationName
    tables: int
    seeded: int
    empty: dict[str, str] = {}
    touched: tuple[str, ...] = ()
    rows: int | None = None
    """How many rows all tables held together."""
    unwritten: dict[str, str] = {}
    """Why a touched table got no new row."""
    chosen: tuple[str, ...] = ()
    """The tables without rows that the project's own scenarios want so, with those that must refer to one."""
    fewer: dict[str, str] = {}
    """Why a table had fewer rows than ``--rows`` asked for."""


class Classified(Record, frozen=True, tag="classified"):
    """The fewest rows with which a step failed or a comparison differed; ``None``: not seen again."""

    database: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    about: Literal["step", "restored", "reapplied"]
    fewest: Rows | None


class RowGiven(Value, frozen=True):
    """One row that was put in, values as the database's text; ``columns`` are those that matter.

    ``written`` says whether it was there before the target was applied or was written after that.
    """

    table: str
    written: Literal["before", "after"]
    columns: tuple[str, ...]
    values: dict[str, str | None]


class Reduced(Record, frozen=True, tag="reduced"):
    """The fewest rows with which a step failed, or moments differed: out of ``on_board``, in so many trials.

    ``change``: of a difference, whether it is old values that are lost or changed, or rows that are left.
    ``test`` is a module for pytest that shows it with plain Django. ``complete``: leaving out any one of the
    rows makes it go away; otherwise time ran out before that was known.
    """

    database: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    about: Literal["step", "restored", "reapplied"]
    on_board: int
    rows: tuple[RowGiven, ...]
    test: str
    trials: int
    seconds: float
    complete: bool
    change: Literal["values", "left"] | None = None


class Reducing(Record, frozen=True, tag="reducing"):
    """The search for the fewest rows begins, or has ``ended``; it takes no more than so many seconds.

    What happens to the worker in between says nothing of the target: its steps were all taken before.
    """

    database: str
    migration: MigrationName
    seconds: float
    ended: bool = False


class Confirmed(Record, frozen=True, tag="confirmed"):
    """What the project's own ``manage.py migrate`` did on a clone made before the step."""

    database: str
    migration: MigrationName
    phase: Phase
    direction: Direction
    command: str
    reproduced: bool
    status: int
    output: str = ""


class OldCodeTried(Record, frozen=True, tag="old-code-tried"):
    """A statement of the old release's models, tried on the rolled-back database and, as a control, before.

    ``failure`` is what it raised after the rollback; ``before`` is what it raised before the target.
    """

    database: str
    migration: MigrationName
    table: str
    statement: Literal["insert", "select", "update", "delete"]
    failure: Failure | None = None
    before: Failure | None = None
    untried: str | None = None
    """Why the statement could not be tried at all."""


class ScenarioRan(Record, frozen=True, tag="scenario-ran"):
    """A function of the project's own scenarios was called at a moment of a target's cycle.

    ``path`` is relative to the project; ``failure`` is what it raised, of an assertion what did not hold.
    """

    database: str
    migration: MigrationName
    moment: Literal["before", "after", "restored", "reapplied"]
    function: str
    path: str
    line: int
    seconds: float
    failure: Failure | None = None


class ScratchFinished(Record, frozen=True, tag="scratch-finished"):
    """From nothing to head, as ``manage.py migrate`` goes; ``migrations`` counts those applied."""

    database: str
    seconds: float
    migrations: int
    failed: MigrationName | None = None
    failure: Failure | None = None


class ModelsDrifted(Record, frozen=True, tag="models-drifted"):
    """What ``makemigrations --check`` would write for one app."""

    database: str
    app: str
    first_party: bool
    operations: tuple[str, ...]


class SchemaDrifted(Record, frozen=True, tag="schema-drifted"):
    """The migrated database (second) against one made from the models' final state (first)."""

    database: str
    differences: tuple[Difference, ...]
    apps: dict[str, str] = {}
    """The app label that owns each table named in ``differences``."""
    first_party: tuple[str, ...] = ()


class SystemChecked(Record, frozen=True, tag="system-checked"):
    """One message of ``manage.py check``; ``deploy`` when only ``check --deploy`` says it."""

    database: str
    id: str
    level: int
    message: str
    hint: str = ""
    deploy: bool = False


class NotRun(Record, frozen=True, tag="not-run"):
    """A target that could not be tried to its end, and why. ``error``: the fault is not the target's."""

    database: str
    migration: MigrationName
    reason: str
    error: bool = False


class UnwindBlocked(Record, frozen=True, tag="unwind-blocked"):
    """A target that the unwind did not reach, since ``by`` depends on it and could not be rolled back."""

    database: str
    migration: MigrationName
    by: MigrationName


class BackupStep(Record, frozen=True, tag="backup-step"):
    """The seeded head database was dumped, or the dump restored into a new sandbox.

    ``program`` is what did it, with its version; ``size`` is the dump's in bytes.
    """

    database: str
    step: Literal["dump", "restore"]
    program: str
    seconds: float
    size: int = 0
    failure: Failure | None = None


class BackupCompared(Record, frozen=True, tag="backup-compared"):
    """The restored database (second) against the one that was dumped (first), both at head.

    Rows are compared exactly, sequences by where they stand, what is applied by name. ``tables`` and ``rows``
    say how much there was, ``empty`` why a table had no rows.
    """

    database: str
    tables: int
    rows: int
    comparison: Comparison
    empty: dict[str, str] = {}


class PartFinished(Record, frozen=True, tag="part-finished"):
    """A worker came to the end of its share; ``peak_kib`` is its resident memory at the most."""

    database: str
    part: str
    seconds: float
    peak_kib: int


class DatabaseBroken(Record, frozen=True, tag="database-broken"):
    """The run on this database could not go on, for a reason that is not the project's."""

    database: str
    reason: str


class RunFinished(Record, frozen=True, tag="run-finished"):
    """The last record of a run that came to its end."""

    seconds: float


AnyRecord: TypeAlias = (
    RunStarted
    | ProjectDescribed
    | ProjectRefused
    | DatabaseStarted
    | StepStarted
    | StepFinished
    | Compared
    | Covered
    | Classified
    | Reduced
    | Reducing
    | Confirmed
    | OldCodeTried
    | ScenarioRan
    | ScratchFinished
    | ModelsDrifted
    | SchemaDrifted
    | SystemChecked
    | NotRun
    | UnwindBlocked
    | BackupStep
    | BackupCompared
    | PartFinished
    | DatabaseBroken
    | RunFinished
)

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[AnyRecord] = msgspec.json.Decoder(AnyRecord)


def encode(record: AnyRecord) -> bytes:
    """Return ``record`` as one line, newline included."""
    return _encoder.encode(record) + b"\n"


def decode(line: bytes) -> AnyRecord:
    """Return the record that one line holds.

    Raises ``msgspec.DecodeError`` where it is not one.
    """
    return _decoder.decode(line)


def read(path: Path) -> tuple[AnyRecord, ...]:
    """Return all records of the log at ``path``.

    Raises :class:`UnreadableEvidence` where the file or one of its lines cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableEvidence(path, 0, error.strerror or str(error)) from error
    return tuple(_lines(path, content))


def _lines(path: Path, content: bytes) -> Iterator[AnyRecord]:
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            yield decode(line)
        except msgspec.DecodeError as error:
            raise UnreadableEvidence(path, number, str(error)) from error


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of one line."""
    return msgspec.json.schema(AnyRecord)


def write(path: Path, records: Iterable[AnyRecord]) -> None:
    """Add ``records`` to the log at ``path``.

    The file is opened anew each time: a migration that closes descriptors must not silence the log.
    """
    with path.open("ab") as log:
        log.write(b"".join(map(encode, records)))
