"""Who does what: the parts that workers carry out, and what is left of one whose worker died."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

from django_switchback.evidence import MigrationName, ProjectDescribed, StepStarted

Kind: TypeAlias = Literal["scratch", "cycles", "backup"]

Targets: TypeAlias = tuple[MigrationName, ...]
REHEARSAL: tuple[Kind, ...] = ("scratch", "cycles")
TIMING: tuple[Kind, ...] = ("cycles",)
BACKUP: tuple[Kind, ...] = ("backup",)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One worker's share of the plan.

    ``scratch``: from nothing to head, the checks, and the unwind of ``targets``. ``cycles``: the cycle of
    each of ``targets``. ``backup``: from nothing to head, a backup and the rollback of ``targets`` on what it
    restores. ``unappliable`` and ``not_rolled_back`` are migrations that took an earlier worker
    with them: they are not applied, or not rolled back, again. ``quiet``: the way to head is on record
    already.
    """

    database: str
    name: str
    alias: str
    kind: Kind
    targets: Targets
    first_party: tuple[str, ...] = ()
    unappliable: tuple[MigrationName, ...] = ()
    not_rolled_back: tuple[MigrationName, ...] = ()
    quiet: bool = False

    @property
    def steps(self) -> int:
        """How many steps of targets it takes if nothing fails."""
        return len(self.targets) * _STEPS[self.kind]


MANY = 24
"""From so many targets on, two workers share the cycles: less would not make up for starting another one."""
_FIRST = 2 / 5
"""The first one's share, whose turn comes when the way to head and the unwind are done."""

_STEPS: dict[Kind, int] = {"scratch": 2, "cycles": 3, "backup": 1}


def parts(
    project: ProjectDescribed,
    database: str,
    targets: Sequence[MigrationName],
    kinds: Sequence[Kind] = REHEARSAL,
) -> tuple[Part, ...]:
    """Return the parts of one alias, in the order in which they are to be begun.

    One of each of ``kinds``, but that :data:`MANY` targets are cycled in two, beside something else. It does
    not depend on how many workers there may be at once: nor does what rows a target finds. Without targets
    there are no cycles.
    """
    own = tuple(sorted({fact.id.app for fact in project.migrations if fact.first_party}))
    return tuple(
        Part(
            database=database,
            name=name,
            alias=project.alias,
            kind=kind,
            targets=share,
            first_party=tuple(sorted({*own, *(target.app for target in targets)})),
        )
        for kind in kinds
        for name, share in _shares(kind, tuple(targets), alone=len(kinds) == 1)
        if share or kind != "cycles"
    )


def _shares(kind: Kind, targets: Targets, *, alone: bool) -> tuple[tuple[str, Targets], ...]:
    """Return what each worker for ``kind`` is called, and its targets: the larger share first."""
    if alone or kind != "cycles" or len(targets) < MANY:
        return ((kind, targets),)
    place = round(len(targets) * _FIRST)
    return (f"{kind}-2", targets[place:]), (f"{kind}-1", targets[:place])


def without(part: Part, died: StepStarted) -> Part | None:
    """Return what is left of ``part`` after the worker died in the step ``died``; ``None`` if nothing is."""
    if part.kind == "backup" and died.phase != "scratch":
        # What comes after it in the same rollback cannot be reached.
        return None
    if part.kind != "cycles":
        if died.phase == "scratch":
            return msgspec.structs.replace(part, unappliable=(*part.unappliable, died.migration))
        return msgspec.structs.replace(
            part, not_rolled_back=(*part.not_rolled_back, died.migration), quiet=True
        )
    if died.migration not in part.targets:
        return msgspec.structs.replace(part, unappliable=(*part.unappliable, died.migration))
    left = part.targets[part.targets.index(died.migration) + 1 :]
    if not left:
        return None
    field = "unappliable" if died.direction == "forward" else "not_rolled_back"
    return msgspec.structs.replace(part, targets=left, **{field: (*getattr(part, field), died.migration)})
