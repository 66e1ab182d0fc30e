"""Who does what: the parts that workers carry out, and what is left of one whose worker died."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

from django_switchback.evidence import MigrationName, ProjectDescribed, StepStarted

Kind: TypeAlias = Literal["scratch", "cycles"]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One worker's share of the plan.

    ``scratch``: from nothing to head, the checks, and the unwind of ``targets``. ``cycles``: the cycle of
    each of ``targets``. ``unappliable`` and ``not_rolled_back`` are migrations that took an earlier worker
    with them: they are not applied, or not rolled back, again. ``quiet``: the way to head is on record
    already.
    """

    database: str
    name: str
    alias: str
    kind: Kind
    targets: tuple[MigrationName, ...]
    first_party: tuple[str, ...] = ()
    unappliable: tuple[MigrationName, ...] = ()
    not_rolled_back: tuple[MigrationName, ...] = ()
    quiet: bool = False

    @property
    def steps(self) -> int:
        """How many steps of targets it takes if nothing fails."""
        return len(self.targets) * (3 if self.kind == "cycles" else 2)


def parts(project: ProjectDescribed, database: str, targets: Sequence[MigrationName]) -> tuple[Part, ...]:
    """Return the parts of one alias: one goes to head and unwinds, the other takes each target's cycle."""
    own = tuple(sorted({fact.id.app for fact in project.migrations if fact.first_party}))
    scratch = Part(
        database=database,
        name="scratch",
        alias=project.alias,
        kind="scratch",
        targets=tuple(targets),
        first_party=tuple(sorted({*own, *(target.app for target in targets)})),
    )
    if not targets:
        return (scratch,)
    return scratch, msgspec.structs.replace(scratch, name="cycles", kind="cycles")


def without(part: Part, died: StepStarted) -> Part | None:
    """Return what is left of ``part`` after the worker died in the step ``died``; ``None`` if nothing is."""
    if part.kind == "scratch":
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
