"""Selects what the project accesses at any time, so that no migration is blamed for it."""

from __future__ import annotations

from collections.abc import Iterable

from django_switchback.evidence import TouchedElsewhere


class ProjectAccesses:
    """What the project accesses while it is loaded, or between steps."""

    def __init__(self, accesses: Iterable[TouchedElsewhere]) -> None:
        self._accesses = {_accessed(access): access for access in accesses if access.migration is None}

    def same_as(self, access: TouchedElsewhere) -> TouchedElsewhere | None:
        """Return the project's access to the same, unless a line of the project is known to make this one."""
        return None if access.place else self._accesses.get(_accessed(access))


def _accessed(access: TouchedElsewhere) -> tuple[str, str, bool]:
    return access.kind, access.address, access.refused
