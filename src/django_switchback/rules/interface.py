"""Types of rules, of their evidence and of their findings: plain values, no database, no Django."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias, TypeVar

import msgspec

from django_switchback import evidence
from django_switchback.rules.exhibits import Exhibit, FailedStep

T = TypeVar("T")
MANAGE_FILE = "manage.py"
MANAGE = f"python {MANAGE_FILE}"

Severity: TypeAlias = Literal["error", "warning", "info"]
BaselineState: TypeAlias = Literal["known", "new"]
Group: TypeAlias = Literal["rollback", "forward", "deploy window", "hygiene", "rehearsal"]


def without_interpreter(command: str) -> str:
    """Return a command as a sentence names it: ``manage.py check``, but ``python -m shop check``."""
    return command if command.startswith("python -m ") else command.removeprefix("python ")


class SeverityChange(evidence.Value, frozen=True):
    """The severity that a finding had by ``default``, and the settings that decided, the first by itself."""

    default: Severity
    settings: tuple[evidence.SeveritySetting, ...]


class Finding(evidence.Value, frozen=True):
    """A rule's conclusion about one target or about one database.

    ``message`` is a sentence. ``phases`` are those that it was seen in, ``phase`` is the first; empty for a
    rule that does not tell phases apart. ``confirmed`` says whether plain ``manage.py migrate`` did the same;
    ``None``: it was not run. ``setup`` is the command that prepares an empty database for the command
    ``reproduce``.
    Every text may contain text of the project, which is untrusted: never render it unescaped.
    """

    rule: str
    severity: Severity
    message: str
    phase: evidence.Phase
    fix: str
    confirmed: bool | None = None
    phases: tuple[evidence.Phase, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    reproduce: str | None = None
    setup: str | None = None
    acknowledged: bool = False
    tables: tuple[str, ...] = ()
    """The tables that it is about, if its exhibits are about others too."""
    told_with: str = ""
    """The rule whose finding with the same exhibits says all that this one says, if there is one."""
    severity_change: SeverityChange | None = None
    baseline: BaselineState | None = None
    """Whether the baseline lists it; ``None`` without a baseline, and for notes and what is acknowledged."""

    @property
    def excused(self) -> bool:
        """Whether it fails no run, however severe it is."""
        return self.acknowledged or self.baseline == "known"

    @property
    def answer(self) -> str | None:
        """How the project has answered an error, as words; ``None``: it has not."""
        if self.acknowledged:
            return "acknowledged"
        if self.severity_change is not None and self.severity_change.default == "error" != self.severity:
            return "lowered to a warning"
        return None

    @property
    def failure(self) -> evidence.Failure | None:
        """The exception behind the finding, if one was raised."""
        for exhibit in self.exhibits:
            match exhibit:
                case (
                    FailedStep(step=evidence.StepFinished(failure=failure))
                    | evidence.ScratchFinished(failure=failure)
                ):
                    return failure
        return None


class TargetEvidence(evidence.Value, frozen=True):
    """All records on one target on one database, in the log's order."""

    database: str
    fact: evidence.MigrationFact
    engine: str = ""
    alias: str = "default"
    manage: str = MANAGE
    """What a user types before the name of a Django command."""
    previous: evidence.MigrationName | None = None
    """The migration of the same app to roll back to; ``None``: back to zero."""
    app_rollbacks: tuple[evidence.MigrationName, ...] = ()
    """The migration (or ``zero``) that the unwind had reached, for each other app that it depends on."""
    elsewhere: tuple[evidence.Phase, ...] = ()
    """The phases that another shard rehearses, whose evidence is not there."""
    shard_missing: bool = False
    """Whether the evidence of any shard of the run is not there: it may be about another database."""
    planned: bool = True
    """False for a migration that is not a target and is included because a step of it failed."""
    cached: str | None = None
    """When the run began that its cycle was rehearsed in, if that was an earlier one (the cache)."""
    content: str = ""
    """The digest of the migration's syntax tree; empty if unknown."""
    step_starts: tuple[evidence.StepStarted, ...] = ()
    steps: tuple[evidence.StepFinished, ...] = ()
    comparisons: tuple[evidence.Compared, ...] = ()
    classified: tuple[evidence.Classified, ...] = ()
    minimal_rows: tuple[evidence.MinimalRowsFound, ...] = ()
    confirmed: tuple[evidence.Confirmed, ...] = ()
    old_code: tuple[evidence.OldCodeTried, ...] = ()
    new_code: tuple[evidence.NewCodeTried, ...] = ()
    deploy_window: tuple[evidence.OldCodeInDeployWindow, ...] = ()
    two_releases: tuple[evidence.TwoReleases, ...] = ()
    work: tuple[evidence.WorkMeasured, ...] = ()
    interruptions: tuple[evidence.InterruptionTried, ...] = ()
    hot_tables: tuple[str, ...] = ()
    """Tables on which even a brief lock needs a ``lock_timeout``."""
    scenarios: tuple[evidence.ScenarioRan, ...] = ()
    operation_runs: tuple[evidence.OperationsRan, ...] = ()
    changed_elsewhere: tuple[int, ...] = ()
    """Indexes of the data operations that changed something on another database of the run."""
    passed_on: tuple[str, ...] = ()
    """The databases of another engine on which none of its steps failed."""
    coverages: tuple[evidence.Covered, ...] = ()
    existing_rows_lost: tuple[evidence.ExistingRowsLost, ...] = ()
    live_models: tuple[evidence.LiveModelsUsed, ...] = ()
    changes: tuple[evidence.MigrationChanged, ...] = ()
    """How it differs from the ref that it is compared with, or the migration that it was there."""
    not_run: tuple[evidence.NotRun, ...] = ()
    unwind_blocks: tuple[evidence.UnwindBlocked, ...] = ()
    external_accesses: tuple[evidence.TouchedElsewhere, ...] = ()
    server_changes: tuple[evidence.BelongsToServer, ...] = ()
    not_understood: tuple[evidence.ValuesNotUnderstood, ...] = ()

    @property
    def plain_migrate(self) -> str:
        """What ``migrate`` of the project is called in a sentence."""
        return f"{without_interpreter(self.manage)} migrate"

    @property
    def covered(self) -> evidence.Covered | None:
        """The last coverage record, which is the valid one."""
        return self.coverages[-1] if self.coverages else None


class DatabaseEvidence(evidence.Value, frozen=True):
    """All records on one database as a whole."""

    database: str
    engine: str
    alias: str
    version: str
    manage: str = MANAGE
    """What a user types before the name of a Django command."""
    targets: tuple[TargetEvidence, ...] = ()
    first_party: tuple[str, ...] = ()
    scratch: evidence.ScratchFinished | None = None
    unwound_elsewhere: bool = False
    """Whether another shard, whose evidence is not there, has migrated an empty database to head."""
    conflicts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    drift: tuple[evidence.ModelsDrifted, ...] = ()
    schema_drift: tuple[evidence.SchemaDrifted, ...] = ()
    checks: tuple[evidence.SystemChecked, ...] = ()
    broken: tuple[str, ...] = ()
    not_cleaned_up: tuple[evidence.NotCleanedUp, ...] = ()
    external_accesses: tuple[evidence.TouchedElsewhere, ...] = ()
    """Accesses outside the sandbox that no step of a target made."""
    changes: tuple[evidence.MigrationChanged, ...] = ()
    """Changes of migrations that are not targets, such as deleted ones."""

    def with_targets(self, change: Callable[[TargetEvidence], TargetEvidence]) -> DatabaseEvidence:
        """Return this evidence with the result of ``change`` in place of each target."""
        return msgspec.structs.replace(self, targets=tuple(map(change, self.targets)))


Findings: TypeAlias = tuple[Finding, ...]
JudgeTarget: TypeAlias = Callable[[TargetEvidence], Findings]
JudgeDatabase: TypeAlias = Callable[[DatabaseEvidence], Findings]


class Rule(evidence.Value, frozen=True, kw_only=True):
    """A rule: its slug, condition, effect and remedy; the rule's page in the documentation shows them too.

    A rule without a judge function derives its findings from those of other rules (see ``acknowledge.py``).
    """

    slug: str
    group: Group
    severity: Severity
    condition: str
    effect: str
    remedy: str
    judge: JudgeTarget | None = None
    judge_database: JudgeDatabase | None = None


SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From worst to least."""


def of_type(items: Iterable[object], kind: type[T]) -> tuple[T, ...]:
    """Return the items that are of the type ``kind``."""
    return tuple(item for item in items if isinstance(item, kind))


def worst_severity(severities: tuple[Severity, ...]) -> Severity:
    """Return the worst of ``severities``, which may not be empty."""
    return min(severities, key=SEVERITIES.index)


def is_at_least(severity: Severity, threshold: Severity) -> bool:
    """Return whether ``severity`` is ``threshold`` or worse."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(threshold)
