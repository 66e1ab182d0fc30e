"""Types of exhibits: the evidence shown with a finding.

An exhibit is a record of the evidence log, or a value made from records.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from django_switchback import evidence
from django_switchback.evidence import Difference, Phase, RowDifference, Rows, StepFinished, Value


class FailedStep(Value, frozen=True):
    """A failed step; ``rows_needed``: the rows without which it passes, ``None`` if that is unknown.

    ``by_elimination``: no step was repeated with these rows, all with fewer passed.
    """

    step: StepFinished
    rows_needed: Rows | None
    by_elimination: bool = False


class RowsPresent(Value, frozen=True):
    """The rows present at a comparison; ``rows_needed``: those without which it finds no difference.

    ``by_elimination``: as in :class:`FailedStep`.
    """

    rows_on_board: Rows
    rows_needed: Rows | None
    by_elimination: bool = False


class SchemaDifferences(Value, frozen=True):
    """Differences between two schemas."""

    differences: tuple[Difference, ...]


class DriftedSchema(Value, frozen=True):
    """Differences between the database and the models of ``app``; ``None``: of no app."""

    app: str | None
    differences: tuple[Difference, ...]


class RowDifferences(Value, frozen=True):
    """Rows lost, changed or added; ``by_nature``: dropped with what the target itself created."""

    rows: tuple[RowDifference, ...]
    by_nature: bool = False


class OtherPhase(Value, frozen=True):
    """What the same rule says of another phase, where it says something else."""

    phase: Phase
    message: str


class ConflictingLeaves(Value, frozen=True):
    """The leaf migrations of an app that has several."""

    app: str
    leaves: tuple[str, ...]


class StaleAcknowledgement(Value, frozen=True):
    """An acknowledgement that matches no finding or is invalid; ``line`` is the one to write in its place."""

    migration: str
    rule: str
    reason: str
    source: Literal["docstring", "settings", "scenarios"]
    line: str = ""


Listed: TypeAlias = (
    evidence.OldCodeTried
    | evidence.NewCodeTried
    | evidence.OldCodeInDeployWindow
    | evidence.ScenarioRan
    | evidence.SystemChecked
    | evidence.Operation
    | evidence.TouchedElsewhere
    | evidence.BelongsToServer
    | evidence.WorkMeasured
    | OtherPhase
)
"""Exhibits of which a finding may have several of a kind."""

Exhibit: TypeAlias = (
    Listed
    | FailedStep
    | RowsPresent
    | SchemaDifferences
    | DriftedSchema
    | RowDifferences
    | evidence.Confirmed
    | evidence.MinimalRowsFound
    | evidence.TwoReleases
    | evidence.LiveModelsUsed
    | evidence.MigrationChanged
    | evidence.ScratchFinished
    | evidence.ModelsDrifted
    | evidence.NotCleanedUp
    | ConflictingLeaves
    | StaleAcknowledgement
)
