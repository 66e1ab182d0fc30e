"""Defines the protocol of a meter that measures the locks and the work of a cycle's steps."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from django.db.migrations.state import ProjectState

from django_switchback.evidence import WorkMeasured


class StepMeter(Protocol):
    """Measures what the steps of one target do with more rows, and leaves the database as it was."""

    def forward(
        self, state: ProjectState, after_state: ProjectState, tables: Collection[str]
    ) -> tuple[WorkMeasured, ...]:
        """Measure the step from ``state``; ``tables`` are those that it changes, named as in snapshots."""

    def rollback(
        self, state: ProjectState, after_state: ProjectState, tables: Collection[str]
    ) -> tuple[WorkMeasured, ...]:
        """Measure the rollback from ``after_state`` to ``state``."""
