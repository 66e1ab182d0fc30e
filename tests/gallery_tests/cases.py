"""The cases of the gallery, and what each must make a rehearsal say."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

GALLERY = Path(__file__).parents[1] / "gallery"
VENDORS = ("sqlite", "postgresql")

ALONE = {"conflicting_leaves", "system_check"}
"""Rules whose unsafe cases keep Django from migrating anything: each is a project of its own."""

GROUPS = {
    "data": ("rollback_fails_with_data", "rollback_blocked_by_new_rows", "forward_fails_with_data"),
    "rows": ("rollback_loses_data", "rollback_leaves_data", "reapply_differs", "reapply_fails"),
    "forward": ("forward_fails",),  # what cannot be applied hides what the database drifts from
    "stopped": ("timed_out", "worker_died"),
    "scenarios": ("scenario_fails",),
    "no_row": ("changed_no_row",),
}
"""Rules rehearsed together; all others are in ``rest``. Small projects are quicker than a large one."""

ALSO = {
    # A rollback has to fail before it can be said what it left.
    "rollback_not_atomic.unsafe": {"rollback-fails"},
    "rollback_not_atomic.unsafe_text": {"rollback-fails", "forward-fails-with-data"},
    "forward_fails_with_data.unsafe_irreversible": {"irreversible"},
    # Notes of one title have one slug.
    "reapply_fails.unsafe_slugs": {"forward-fails-with-data"},
    # What stops at a mark on the way forward was put there by the way back.
    "reapply_fails.unsafe_extremes": {"rollback-loses-data"},
    "rollback_loses_data.unsafe_behind_extremes": {"rollback-fails-with-data"},
}
"""Rules that cannot but speak with the case's own."""

DUPLICATES = {
    "forward_fails_with_data.unsafe_text",
    "forward_fails_with_data.unsafe_irreversible",
    "reapply_fails.unsafe_slugs",
    "rollback_not_atomic.unsafe_text",
}
"""Cases that only the edge row with the first row's text keeps from being applied: a warning."""

WARNINGS = {"changed-no-row", "touched-elsewhere"}
"""Rules that are never errors."""

EXTREMES = {
    "reapply_fails.unsafe_extremes": {"reapply-fails", "rollback-loses-data"},
    "rollback_fails_with_data.unsafe_extremes": {"rollback-fails-with-data"},
    "rollback_loses_data.unsafe_behind_extremes": {"rollback-fails-with-data"},
}
"""Cases that extremes stop on the way back or going forward again, and the rules of which they alone make
warnings."""

INSTEAD = {
    # PostgreSQL does not take back what SQLite takes back and then cannot read.
    "old_code_fails_after_rollback.unsafe_uuid_sqlite": "rollback-blocked-by-new-rows",
    "old_code_fails_after_rollback.unsafe_decimal_sqlite": "rollback-blocked-by-new-rows",
}
"""What speaks on the other kind of database where a case is unsafe there in another way."""


class Case(NamedTuple):
    """One case: a folder ``<rule>/<name>``, an app of its own.

    A name begins with ``unsafe``, ``near_miss`` or ``clean``; it ends with the kind of database where only
    one is meant.
    """

    rule: str
    name: str

    def __str__(self) -> str:
        return f"{self.rule}.{self.name}"

    @property
    def app(self) -> str:
        """The app's label."""
        return f"{self.rule}_{self.name}"

    @property
    def unsafe(self) -> bool:
        """Whether its rule must speak."""
        return self.name.startswith("unsafe")

    @property
    def group(self) -> str:
        """The project that it is rehearsed in."""
        if self.rule in ALONE and self.unsafe:
            return str(self)
        return next((group for group, rules in GROUPS.items() if self.rule in rules), "rest")

    def severity(self, rule: str) -> str:
        """Return how bad ``rule`` is to find it."""
        mild = str(self) in DUPLICATES and rule == "forward-fails-with-data"
        mild = mild or rule in WARNINGS or rule in EXTREMES.get(str(self), ())
        return "warning" if mild else "error"

    def expected(self, vendor: str) -> set[str]:
        """Return the rules that must speak of it as errors or warnings, and no others may."""
        if not self.unsafe:
            return set()
        if self.name.endswith(VENDORS) and not self.name.endswith(vendor):
            return {INSTEAD[str(self)]} if str(self) in INSTEAD else set()
        return {self.rule.replace("_", "-"), *ALSO.get(str(self), ())}


CASES = tuple(
    sorted(Case(path.parent.parent.name, path.parent.name) for path in GALLERY.glob("*/*/models.py"))
)
