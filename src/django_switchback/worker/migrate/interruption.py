"""Interrupts a step between two operations of its migration, by an operation that raises."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db.migrations.operations.base import Operation


class StepInterrupted(Exception):
    """The step ends here, as if its process had been killed."""


class Interruption(Operation):
    """An operation that changes nothing in the state and raises :class:`StepInterrupted` in the database."""

    reversible = True
    reduces_to_sql = False

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Leave ``state`` as it is."""

    def database_forwards(self, *_: Any) -> NoReturn:
        """Raise :class:`StepInterrupted`."""
        raise StepInterrupted

    def database_backwards(self, *_: Any) -> NoReturn:
        """Raise :class:`StepInterrupted`."""
        raise StepInterrupted

    def describe(self) -> str:
        """Return a description for failures."""
        return "Interruption"
