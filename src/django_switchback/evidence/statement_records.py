"""Records about statements that the models of a release send to a migrated database."""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback.evidence.record_values import Failure, MigrationRecord, Rows, Statement, Value


class StatementTried(MigrationRecord, frozen=True):
    """A statement by a release's models, run on a migrated database and, as a control, before the target.

    ``failure`` is what it raised, ``before`` what the old release's raised before the target.
    """

    table: str
    statement: Statement
    failure: Failure | None = None
    before: Failure | None = None
    untried: str | None = None
    """The reason why the statement could not be run."""
    without_edge: bool = False
    read_as_none: tuple[str, ...] = ()
    """The mandatory columns that a ``select`` read as ``None``, which cannot be saved."""
    read_as_none_before: tuple[str, ...] = ()
    """Those that it read as ``None`` before the target too."""
    sql: str = ""
    """The statement that the database refused, without its values."""

    @property
    def is_broken(self) -> bool:
        """Whether the statement fails, or reads ``None`` from a mandatory column, only since the target."""
        raises = self.failure is not None and self.before is None
        return raises or not set(self.read_as_none) <= {*self.read_as_none_before}


class OldCodeTried(StatementTried, frozen=True, tag="old-code-tried"):
    """A statement by the old release's models after the rollback."""


class NewCodeTried(StatementTried, frozen=True, tag="new-code-tried"):
    """A statement by the new release's models after the forward step."""

    sequence: str | None = None
    """The sequence behind its table whose next key makes the insert fail."""
    inserts_before: int = 0
    """Inserts that succeed before the sequence reaches a key that is taken."""
    works_at_head: bool = False
    """Whether the statement works again once the migrations that depend on the target are applied."""


class OldCodeInDeployWindow(StatementTried, frozen=True, tag="old-code-in-deploy-window"):
    """A statement by the old release's models after the forward step, as while the target is deployed.

    ``written``: on rows from before the target, or on those that the new release inserted. ``row_kind`` is
    the kind of row that an insert fails with.
    """

    written: Literal["before", "after"] = "before"
    row_kind: Rows = "typical"


class SentStatement(Value, frozen=True):
    """A statement that was sent ``count`` times, and the rows that it wrote; ``None`` if it writes no rows.

    ``sql`` has placeholders in place of parameters, and ``…`` for literals of statements that move data.
    """

    sql: str
    count: int = 1
    rows: int | None = None


class RollbackStatements(MigrationRecord, frozen=True, tag="rollback-statements"):
    """The statements that rolled a migration back in the unwind, in order, but for savepoints and reads."""

    statements: tuple[SentStatement, ...]
    atomic: bool = True
    """Whether the rollback is one transaction."""


class ReleaseMigration(Value, frozen=True):
    """A migration to write in place of an operation: when to deploy it, its name and its source.

    Without a source, ``task`` says what to do.
    """

    task: str
    name: str = ""
    code: str = ""


class TwoReleases(MigrationRecord, frozen=True, tag="two-releases"):
    """The migrations of two releases that lead to the same schema without breaking the old release."""

    migrations: tuple[ReleaseMigration, ...]


StatementRecord: TypeAlias = (
    OldCodeTried | NewCodeTried | OldCodeInDeployWindow | RollbackStatements | TwoReleases
)
