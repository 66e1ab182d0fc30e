"""Clones the database before groups of targets on the way to head, so that cycles need not replay history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from django_switchback.evidence import CheckpointSaved
from django_switchback.project.plan import Part
from django_switchback.sandbox.interface import Address
from django_switchback.sandbox.run_files import RunFiles, write_private
from django_switchback.worker.cycle.context import django_key, migration_name
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.project.sandboxes import SandboxSwitcher


class Checkpoint(msgspec.Struct, frozen=True):
    """A clone of the database right before one migration, within a single ``migrate`` from an empty database.

    It has no seeded rows, and ``post_migrate`` was not sent yet.
    """

    before: MigrationKey
    address: Address
    applied: tuple[MigrationKey, ...]


class Checkpoints:
    """Saves a checkpoint before each migration that ``part`` lists, and its address for the other parts."""

    def __init__(
        self, sandboxes: SandboxSwitcher, folder: Path, part: Part, record: Callable[[CheckpointSaved], None]
    ) -> None:
        self._sandboxes = sandboxes
        self._file = RunFiles(folder).checkpoints(part.database)
        self._database = part.database
        self._pending = set(map(django_key, part.checkpoints))
        self._record = record

    def save_if_listed(self, key: MigrationKey, applied: Sequence[MigrationKey]) -> None:
        """Clone the sandbox if the part lists a checkpoint before ``key``; ``applied`` is in the sandbox."""
        if key not in self._pending:
            return
        self._pending.remove(key)
        checkpoint = Checkpoint(key, self._sandboxes.clone("checkpoint"), tuple(applied))
        write_private(self._file, msgspec.json.encode(checkpoint) + b"\n", append=True)
        # Recorded last, so that a reader of the record finds the address.
        self._record(CheckpointSaved(database=self._database, migration=migration_name(key)))


def load_checkpoints(folder: Path, part: Part) -> tuple[Checkpoint, ...]:
    """Return the checkpoints saved so far for ``part``, in the order in which they were made.

    The result is empty if no part saves any. The last checkpoint before a migration wins, since the run to
    head may have been started again.
    """
    file = RunFiles(folder).checkpoints(part.database)
    if not file.exists():
        return ()
    lines = file.read_bytes().splitlines(keepends=True)
    checkpoints = [msgspec.json.decode(line, type=Checkpoint) for line in lines if line.endswith(b"\n")]
    return tuple({checkpoint.before: checkpoint for checkpoint in checkpoints}.values())
