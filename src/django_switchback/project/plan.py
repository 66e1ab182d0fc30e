"""Split the targets into parts for workers, and compute what remains of a part after a crash."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

import msgspec

from django_switchback.evidence import MigrationName, ProjectDescribed, StepStarted

PartKind: TypeAlias = Literal["scratch", "checkpoints", "cycles", "backup"]

Targets: TypeAlias = tuple[MigrationName, ...]
REHEARSAL_PARTS: tuple[PartKind, ...] = ("scratch", "cycles")
TIMING_PARTS: tuple[PartKind, ...] = ("cycles",)
BACKUP_PARTS: tuple[PartKind, ...] = ("backup",)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the plan, run by one worker.

    ``scratch``: migrate an empty database to head, run the checks, unwind ``targets``. ``checkpoints``:
    migrate an empty database up to the last of ``targets``, for the cycles of a shard whose scratch run
    another shard has. ``cycles``: run the cycle of each of ``targets``. ``backup``: migrate an empty database
    to head, back it up and roll back ``targets`` on the restored copy. ``unappliable`` and
    ``not_rolled_back`` are migrations that killed an earlier worker: they are not applied, or not rolled
    back, again. ``already_recorded``: the scratch run is on record. ``checkpoints`` are the targets before
    which the scratch run clones the database for cycles. ``repeat``: the server ended a connection of the
    first try.
    """

    database: str
    name: str
    alias: str
    kind: PartKind
    targets: Targets
    first_party: tuple[str, ...] = ()
    unappliable: tuple[MigrationName, ...] = ()
    not_rolled_back: tuple[MigrationName, ...] = ()
    already_recorded: bool = False
    checkpoints: Targets = ()
    repeat: bool = False

    @property
    def steps(self) -> int:
        """The number of steps of targets if nothing fails."""
        return len(self.targets) * _STEPS[self.kind]


MAX_GAP_MIGRATIONS = 8
"""Targets more than this many migrations apart are split: a clone is cheaper than replaying the gap."""
MAX_TARGETS_PER_PART = 10
"""The largest number of consecutive targets in one part."""
MAX_CHECKPOINTS = 8
"""The largest number of parts in a group of near targets: a clone is kept for each."""

SLOW_OPERATIONS = frozenset({"AddConstraint", "AlterField", "AlterUniqueTogether", "RunPython", "RunSQL"})
"""Operations that may fail because of rows, in addition to destructive ones."""
SLOW_OPERATION_WEIGHT = 4
"""Relative duration of a target with such an operation: failures are repeated with fewer rows."""

_STEPS: dict[PartKind, int] = {"scratch": 2, "checkpoints": 0, "cycles": 3, "backup": 1}


def plan_parts(
    project: ProjectDescribed,
    database: str,
    targets: Sequence[MigrationName],
    kinds: Sequence[PartKind] = REHEARSAL_PARTS,
    *,
    newest_first: bool = False,
) -> tuple[Part, ...]:
    """Return the parts of one alias, in starting order.

    There is one part of each of ``kinds``; with a scratch run, cycles are split into parts of near targets.
    The part that is likely to take longest comes first; with ``newest_first``, for runs with a time limit,
    the part with the newest targets. The number of workers has no influence, so that the rows that a target
    meets do not depend on it. Without targets there are no cycles.
    """
    own = tuple(sorted({fact.id.app for fact in project.migrations if fact.first_party}))
    first_party = tuple(sorted({*own, *(target.app for target in targets)}))
    groups = _target_groups(project, targets) if "scratch" in kinds else [tuple(targets)]

    def part(kind: PartKind, targets: Targets, number: str = "", checkpoints: Targets = ()) -> Part:
        return Part(
            database=database,
            name=f"{kind}{number}",
            alias=project.alias,
            kind=kind,
            targets=targets,
            first_party=first_party,
            checkpoints=checkpoints,
        )

    parts: list[Part] = []
    for kind in kinds:
        if kind != "cycles":
            checkpoints = tuple(group[0] for group in groups) if "cycles" in kinds else ()
            parts.append(part(kind, tuple(targets), checkpoints=checkpoints))
        elif targets:
            several = len(groups) > 1
            cycles = [part(kind, group, f"-{at}" if several else "") for at, group in enumerate(groups, 1)]
            weights = target_weights(project)
            parts += (
                reversed(cycles)
                if newest_first
                else sorted(cycles, key=lambda part: -sum(weights[target] for target in part.targets))
            )
    return tuple(parts)


def target_weights(project: ProjectDescribed) -> dict[MigrationName, int]:
    """Estimate the relative duration of each migration as a target; 1 is the shortest."""
    return {
        fact.id: SLOW_OPERATION_WEIGHT
        if any(operation.destructive or operation.kind in SLOW_OPERATIONS for operation in fact.operations)
        else 1
        for fact in project.migrations
    }


def _target_groups(project: ProjectDescribed, targets: Sequence[MigrationName]) -> list[Targets]:
    """Group ``targets`` that are near each other in graph order, in groups of limited size."""
    place = {fact.id: number for number, fact in enumerate(project.migrations)}
    near: list[list[MigrationName]] = []
    for target in sorted(targets, key=lambda target: place[target]):
        if near and place[target] - place[near[-1][-1]] <= MAX_GAP_MIGRATIONS:
            near[-1].append(target)
        else:
            near.append([target])
    return [piece for group in near for piece in _split(group)]


def _split(group: list[MigrationName]) -> list[Targets]:
    pieces = min(-(-len(group) // MAX_TARGETS_PER_PART), MAX_CHECKPOINTS)
    borders = [round(len(group) * number / pieces) for number in range(pieces + 1)]
    return [tuple(group[start:end]) for start, end in pairwise(borders)]


def repeated_part(part: Part, targets: Targets) -> Part:
    """Return a part that repeats ``part``, or only its ``targets`` if there are any, and runs alone."""
    return msgspec.structs.replace(
        part,
        name=f"{part.name}-repeat",
        targets=targets or part.targets,
        already_recorded=False,
        checkpoints=(),
        repeat=True,
    )


def part_without(part: Part, died: StepStarted) -> Part | None:
    """Return the rest of ``part`` after the worker died in the step ``died``; ``None`` if nothing remains."""
    if part.kind == "backup" and died.phase != "scratch":
        # The later steps of the same rollback cannot be reached.
        return None
    if part.kind != "cycles":
        if died.phase == "scratch":
            return msgspec.structs.replace(part, unappliable=(*part.unappliable, died.migration))
        part = msgspec.structs.replace(part, not_rolled_back=(*part.not_rolled_back, died.migration))
        if died.phase == "cycle":
            # A trial on empty tables, on the way to head.
            return part
        return msgspec.structs.replace(part, already_recorded=True, checkpoints=())
    if died.migration not in part.targets:
        return msgspec.structs.replace(part, unappliable=(*part.unappliable, died.migration))
    remaining = part.targets[part.targets.index(died.migration) + 1 :]
    if not remaining:
        return None
    field = "unappliable" if died.direction == "forward" else "not_rolled_back"
    return msgspec.structs.replace(
        part, targets=remaining, **{field: (*getattr(part, field), died.migration)}
    )
