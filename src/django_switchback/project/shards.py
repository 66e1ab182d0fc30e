"""Divide the parts of a plan among shards, which machines without contact to each other run.

A part is what shares state: the way to head with the unwind of all targets, or the cycles of targets that are
near each other. It is never divided, so that a target meets the same rows in every number of shards.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from django_switchback.evidence import (
    CHECKPOINTS_PART,
    AnyRecord,
    MigrationName,
    PartFinished,
    ProjectDescribed,
    ScratchFinished,
    StepFinished,
)
from django_switchback.project.plan import Part, target_weights

MIGRATION_WEIGHT = 0.2
"""The weight of applying one migration; that of the shortest cycle is 1."""
UNWIND_WEIGHT = 1.0
"""The weight of one target in the unwind."""

Durations: TypeAlias = Mapping[tuple[str, str], float]
"""Seconds in earlier runs, by database and by target; ``scratch`` is the rest of the scratch run after it has
reached head, ``migration`` one migration on its way there."""


class Unit(NamedTuple):
    """A part with its ``weight``; ``lead`` is that of the migrations before it, once for each shard."""

    database: str
    name: str
    weight: float
    lead: float


class ShardLoads:
    """Assigns units to the shard with the least work, one database after the other.

    Nothing but the units and their order counts, so that each machine finds the same assignment.
    """

    def __init__(self, total: int) -> None:
        self._loads = [0.0] * total
        self._leads: list[dict[str, float]] = [{} for _ in range(total)]
        """The lead that each shard migrates anyway, by database."""

    def assign(self, units: Iterable[Unit]) -> dict[str, int]:
        """Return the number of the shard of each unit of a database, by name, the heaviest assigned first."""
        assigned: dict[str, int] = {}
        for unit in sorted(units, key=lambda unit: (-unit.weight, unit.name)):
            costs = [self._cost(unit, index) for index in range(len(self._loads))]
            shard = costs.index(min(costs))
            self._loads[shard] = costs[shard]
            self._leads[shard][unit.database] = max(unit.lead, self._leads[shard].get(unit.database, 0.0))
            assigned[unit.name] = shard + 1
        return assigned

    def _cost(self, unit: Unit, index: int) -> float:
        """Return the load of a shard with ``unit``."""
        lead = max(0.0, unit.lead - self._leads[index].get(unit.database, 0.0))
        return self._loads[index] + unit.weight + lead


def units_of(project: ProjectDescribed, parts: Sequence[Part], durations: Durations) -> tuple[Unit, ...]:
    """Return the units of one alias, weighed in seconds of earlier runs if there are any.

    A target without a duration has its weight of the plan, in proportion to those that have one.
    """
    weights = target_weights(project)
    position = {fact.id: number for number, fact in enumerate(project.migrations, 1)}
    pieces = {part.name: dict(_pieces(part, weights)) for part in parts}
    planned = {key: weight for part in parts for key, weight in pieces[part.name].items()}
    known = planned.keys() & durations.keys()
    scale = sum(durations[key] for key in known) / sum(planned[key] for key in known) if known else 1.0
    return tuple(
        Unit(
            part.database,
            part.name,
            round(sum(durations.get(key, planned[key] * scale) for key in pieces[part.name]), 3),
            round(
                _migrations_before(part, position)
                * durations.get((part.database, "migration"), MIGRATION_WEIGHT * scale),
                3,
            ),
        )
        for part in parts
    )


def _pieces(part: Part, weights: Mapping[MigrationName, int]) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield what earlier runs may have taken seconds for, with its weight in the plan."""
    if part.kind == "scratch":
        yield (part.database, part.kind), UNWIND_WEIGHT * max(len(part.targets), 1)
    else:
        for target in part.targets:
            yield (part.database, str(target)), float(weights[target])


def _migrations_before(part: Part, position: Mapping[MigrationName, int]) -> int:
    return len(position) if part.kind == "scratch" else max(position[target] for target in part.targets)


def own_parts(parts: Sequence[Part], assigned: Mapping[str, int], number: int) -> tuple[Part, ...]:
    """Return the parts of shard ``number``, those of one alias.

    Without the scratch run, a part of its own saves the checkpoints that the cycles start from.
    """
    own = tuple(part for part in parts if assigned[part.name] == number)
    scratch = next((part for part in parts if part.kind == "scratch"), None)
    cycled = {target for part in own if part.kind == "cycles" for target in part.targets}
    if scratch is None or (scratch in own and cycled):
        return own
    if not cycled:
        return tuple(msgspec.structs.replace(part, checkpoints=()) for part in own)
    # All checkpoints: where one could not be made, cycles start from the one before it.
    lead = msgspec.structs.replace(
        scratch,
        kind="checkpoints",
        name=CHECKPOINTS_PART,
        targets=tuple(target for target in scratch.targets if target in cycled),
    )
    return (lead, *own)


def durations_of(logs: Iterable[Sequence[AnyRecord]]) -> Durations:
    """Return what earlier runs took; of several runs the last counts.

    The seconds of a part with cycles are divided among its targets by the number of their steps.
    """
    found: dict[tuple[str, str], float] = {}
    for records in logs:
        steps: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        to_head: dict[str, float] = {}
        for record in records:
            match record:
                case StepFinished(phase="cycle"):
                    steps[record.database, record.part][str(record.migration)] += 1
                case ScratchFinished(part="scratch", migrations=migrations) if migrations:
                    found[record.database, "migration"] = record.seconds / migrations
                    to_head[record.database] = record.seconds
                case PartFinished(part="scratch"):
                    found[record.database, "scratch"] = record.seconds - to_head.get(record.database, 0.0)
                case PartFinished():
                    counts = steps.pop((record.database, record.part), Counter())
                    for name, number in counts.items():
                        found[record.database, name] = record.seconds * number / counts.total()
                case _:
                    continue
    return found
