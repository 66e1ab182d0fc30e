"""Defines what a cycle does beside seeding, applying and rolling back."""

from __future__ import annotations

from typing import NamedTuple


class CycleScope(NamedTuple):
    """What a cycle does beside seeding, applying and rolling back; trials leave parts out."""

    signals: bool = True
    """Send ``pre_migrate`` and ``post_migrate`` with each step, as the command does."""
    snapshots: bool = True
    """Take snapshots, and compare them."""
    reapply: bool = True
    """Apply the target again after the rollback."""
    statements: bool = True
    """Try the statements of the new release after the target, and those of the old one after the rollback."""
    checks: bool = True
    """Run the scenarios' checks, and record what data operations changed."""
    deploy_window: bool = False
    """Try the statements of the old release after the target."""
