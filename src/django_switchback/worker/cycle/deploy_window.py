"""Tries the old release on the schema after a target, as it runs while the target is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django_switchback.worker.release.old_release import OldRelease
from django_switchback.worker.release.table_trial import StatementAttempt


class DeployWindow(NamedTuple):
    """The statements of the old release after the target, and the same before it as a ``control``.

    ``old_keys`` are the keys of the rows from before the target, by table. ``control`` is ``None`` where the
    rollback did not lead back to the schema before.
    """

    release: OldRelease
    attempts: tuple[StatementAttempt, ...]
    old_keys: Mapping[str, frozenset[Any]]
    control: tuple[StatementAttempt, ...] | None = None

    @classmethod
    def opened(cls, release: OldRelease) -> DeployWindow:
        """Try the statements on the rows from before the target, which has just been applied."""
        old_rows = release.try_old_rows()
        return cls(release, old_rows.attempts, old_rows.keys)

    @property
    def broken(self) -> tuple[StatementAttempt, ...]:
        """The statements that fail after the target."""
        return tuple(attempt for attempt in self.attempts if attempt.is_broken)

    def with_new_rows(self) -> DeployWindow:
        """Try the statements on the rows that the new release has inserted by now."""
        broken = {attempt.table for attempt in self.broken if attempt.statement == "update"}
        tables = {attempt.table for attempt in self.attempts} - broken
        return self._replace(attempts=(*self.attempts, *self.release.try_new_rows(self.old_keys, tables)))

    def with_control(self) -> DeployWindow:
        """Try the broken statements on the database as it is now, with the schema before the target.

        Those on rows of the new release have no control: before it, there are no such rows.
        """
        tables = {attempt.table for attempt in self.broken if attempt.written == "before"}
        return self._replace(control=self.release.try_old_rows(tables).attempts if tables else ())
