"""Who does what: the parts that workers carry out, and what is left of one whose worker died."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

import msgspec

from django_switchback.evidence import MigrationName, ProjectDescribed, StepStarted

PartKind: TypeAlias = Literal["scratch", "cycles", "backup"]

Targets: TypeAlias = tuple[MigrationName, ...]
REHEARSAL_PARTS: tuple[PartKind, ...] = ("scratch", "cycles")
TIMING_PARTS: tuple[PartKind, ...] = ("cycles",)
BACKUP_PARTS: tuple[PartKind, ...] = ("backup",)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One worker's share of the plan.

    ``scratch``: from nothing to head, the checks, and the unwind of ``targets``. ``cycles``: the cycle of
    each of ``targets``. ``backup``: from nothing to head, a backup and the rollback of ``targets`` on what it
    restores. ``unappliable`` and ``not_rolled_back`` are migrations that took an earlier worker
    with them: they are not applied, or not rolled back, again. ``quiet``: the way to head is on record
    already. ``checkpoints`` are the targets at which cycles begin: the way to head leaves a copy before each.
    """

    database: str
    name: str
    alias: str
    kind: PartKind
    targets: Targets
    first_party: tuple[str, ...] = ()
    unappliable: tuple[MigrationName, ...] = ()
    not_rolled_back: tuple[MigrationName, ...] = ()
    quiet: bool = False
    checkpoints: Targets = ()

    @property
    def steps(self) -> int:
        """How many steps of targets it takes if nothing fails."""
        return len(self.targets) * _STEPS[self.kind]


MAX_GAP_MIGRATIONS = 8
"""From so many migrations between two targets on, beginning anew from a copy takes less than passing them."""
MAX_TARGETS_PER_PART = 10
"""So many targets, which follow each other, are one worker's share at most."""
MAX_CHECKPOINTS = 8
"""Into so many shares are they cut at most: a copy is kept for each."""

SLOW_OPERATIONS = frozenset({"AddConstraint", "AlterField", "AlterUniqueTogether", "RunPython", "RunSQL"})
"""Operations that rows may stand in the way of, beside those that lose some."""
SLOW_OPERATION_WEIGHT = 4
"""So many times as long takes a target with such an operation: what fails is tried with fewer rows."""

_STEPS: dict[PartKind, int] = {"scratch": 2, "cycles": 3, "backup": 1}


def plan_parts(
    project: ProjectDescribed,
    database: str,
    targets: Sequence[MigrationName],
    kinds: Sequence[PartKind] = REHEARSAL_PARTS,
    *,
    newest_first: bool = False,
) -> tuple[Part, ...]:
    """Return the parts of one alias, in the order in which they are to be begun.

    One of each of ``kinds``, but that beside something else the cycles are in shares: of targets that are
    near each other. What is likely to take longest comes first, so that no worker is left alone with it;
    with ``newest_first``, for a run that may be cut short, the share with the most recent targets does.
    They do not depend on how many workers there may be at once: nor does what rows a target finds. Without
    targets there are no cycles.
    """
    own = tuple(sorted({fact.id.app for fact in project.migrations if fact.first_party}))
    first_party = tuple(sorted({*own, *(target.app for target in targets)}))
    shares = _target_groups(project, targets) if "scratch" in kinds else [tuple(targets)]

    def part(kind: PartKind, share: Targets, number: str = "", checkpoints: Targets = ()) -> Part:
        return Part(
            database=database,
            name=f"{kind}{number}",
            alias=project.alias,
            kind=kind,
            targets=share,
            first_party=first_party,
            checkpoints=checkpoints,
        )

    found: list[Part] = []
    for kind in kinds:
        if kind != "cycles":
            checkpoints = tuple(share[0] for share in shares) if "cycles" in kinds else ()
            found.append(part(kind, tuple(targets), checkpoints=checkpoints))
        elif targets:
            several = len(shares) > 1
            cycles = [part(kind, share, f"-{at}" if several else "") for at, share in enumerate(shares, 1)]
            weights = _weights(project)
            found += (
                reversed(cycles)
                if newest_first
                else sorted(cycles, key=lambda one: -sum(weights[target] for target in one.targets))
            )
    return tuple(found)


def _weights(project: ProjectDescribed) -> dict[MigrationName, int]:
    """Return how long each migration is likely to take as a target, measured by what takes least."""
    return {
        fact.id: SLOW_OPERATION_WEIGHT
        if any(operation.destructive or operation.kind in SLOW_OPERATIONS for operation in fact.operations)
        else 1
        for fact in project.migrations
    }


def _target_groups(project: ProjectDescribed, targets: Sequence[MigrationName]) -> list[Targets]:
    """Return ``targets`` in shares: those with little between them, and not too many."""
    place = {fact.id: number for number, fact in enumerate(project.migrations)}
    near: list[list[MigrationName]] = []
    for target in sorted(targets, key=lambda target: place[target]):
        if near and place[target] - place[near[-1][-1]] <= MAX_GAP_MIGRATIONS:
            near[-1].append(target)
        else:
            near.append([target])
    return [share for group in near for share in _split(group)]


def _split(group: list[MigrationName]) -> list[Targets]:
    pieces = min(-(-len(group) // MAX_TARGETS_PER_PART), MAX_CHECKPOINTS)
    borders = [round(len(group) * number / pieces) for number in range(pieces + 1)]
    return [tuple(group[start:end]) for start, end in pairwise(borders)]


def part_without(part: Part, died: StepStarted) -> Part | None:
    """Return what is left of ``part`` after the worker died in the step ``died``; ``None`` if nothing is."""
    if part.kind == "backup" and died.phase != "scratch":
        # What comes after it in the same rollback cannot be reached.
        return None
    if part.kind != "cycles":
        if died.phase == "scratch":
            return msgspec.structs.replace(part, unappliable=(*part.unappliable, died.migration))
        return msgspec.structs.replace(
            part, not_rolled_back=(*part.not_rolled_back, died.migration), quiet=True, checkpoints=()
        )
    if died.migration not in part.targets:
        return msgspec.structs.replace(part, unappliable=(*part.unappliable, died.migration))
    left = part.targets[part.targets.index(died.migration) + 1 :]
    if not left:
        return None
    field = "unappliable" if died.direction == "forward" else "not_rolled_back"
    return msgspec.structs.replace(part, targets=left, **{field: (*getattr(part, field), died.migration)})
