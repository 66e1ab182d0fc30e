"""Clones the database before groups of targets on the way to head, so that cycles need not replay history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from django_switchback.evidence import CheckpointSaved
from django_switchback.project.plan import Part
from django_switchback.sandbox.checkpoint_list import Checkpoint, add_checkpoint
from django_switchback.worker.cycle.context import django_key, migration_name
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.project.sandboxes import SandboxSwitcher


class Checkpoints:
    """Saves a checkpoint before each migration that ``part`` lists, and its address for the other parts."""

    def __init__(
        self, sandboxes: SandboxSwitcher, folder: Path, part: Part, record: Callable[[CheckpointSaved], None]
    ) -> None:
        self._sandboxes = sandboxes
        self._folder = folder
        self._database = part.database
        self._pending = set(map(django_key, part.checkpoints))
        self._record = record

    def start_from(self, checkpoint: Checkpoint) -> None:
        """Continue the way to head on a clone of ``checkpoint``, which is listed already."""
        self._sandboxes.replace(self._sandboxes.clone_of(checkpoint.address, "scratch"))
        if checkpoint.before in self._pending:
            self._pending.remove(checkpoint.before)
            self._saved(checkpoint.before)

    def save_if_listed(self, key: MigrationKey, applied: Sequence[MigrationKey], *, silent: bool) -> None:
        """Clone the sandbox if the part lists a checkpoint before ``key``; ``applied`` is in the sandbox.

        ``silent``: the receivers of ``pre_migrate`` have sent no statement.
        """
        if key not in self._pending:
            return
        self._pending.remove(key)
        checkpoint = Checkpoint(key, self._sandboxes.clone("checkpoint"), tuple(applied), silent=silent)
        add_checkpoint(self._folder, self._database, checkpoint)
        # Recorded last, so that a reader of the record finds the address.
        self._saved(key)

    def _saved(self, key: MigrationKey) -> None:
        self._record(CheckpointSaved(database=self._database, migration=migration_name(key)))
