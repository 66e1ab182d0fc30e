"""What a case of the gallery declares about its own rehearsal."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Literal, NamedTuple


class Expected(NamedTuple):
    """The verdict on a case's last migration, and the rules whose findings are about the case.

    ``reason`` is the reason beside the verdict. ``needs_rows``: the case's own rule finds nothing on empty
    tables.
    """

    verdict: Literal["passed", "failed", "skipped"]
    errors: AbstractSet[str] = frozenset()
    warnings: AbstractSet[str] = frozenset()
    reason: str | None = None
    needs_rows: bool = False

    @property
    def rules(self) -> AbstractSet[str]:
        """The rules that find anything."""
        return {*self.errors, *self.warnings}
