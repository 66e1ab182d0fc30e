"""List the clones of a database on its way to head, from which other parts of the plan continue."""

from __future__ import annotations

from pathlib import Path

import msgspec

from django_switchback.sandbox.interface import Address
from django_switchback.sandbox.run_files import RunFiles, write_private


class Checkpoint(msgspec.Struct, frozen=True):
    """A clone of the database right before one migration, within a single ``migrate`` from an empty database.

    Migrations are Django's keys, ``(app, name)``. It has no seeded rows, and ``post_migrate`` was not sent.
    ``silent``: the receivers of its ``pre_migrate`` have sent no statement. ``kept``: an earlier run has made
    it, and the way to head starts from it.
    """

    before: tuple[str, str]
    address: Address
    applied: tuple[tuple[str, str], ...]
    silent: bool = False
    kept: bool = False


def add_checkpoint(folder: Path, database: str, checkpoint: Checkpoint) -> None:
    """Append ``checkpoint`` to the list of ``database`` in the run's ``folder``."""
    write_private(
        RunFiles(folder).checkpoints(database), msgspec.json.encode(checkpoint) + b"\n", append=True
    )


def load_checkpoints(folder: Path, database: str) -> tuple[Checkpoint, ...]:
    """Return the checkpoints listed so far, in the order in which they were made; empty without a list.

    The last checkpoint before a migration wins, since the run to head may have been started again.
    """
    file = RunFiles(folder).checkpoints(database)
    if not file.exists():
        return ()
    lines = file.read_bytes().splitlines(keepends=True)
    checkpoints = [msgspec.json.decode(line, type=Checkpoint) for line in lines if line.endswith(b"\n")]
    return tuple({checkpoint.before: checkpoint for checkpoint in checkpoints}.values())


def kept_checkpoint(folder: Path, database: str) -> Checkpoint | None:
    """Return the checkpoint of an earlier run that the way to head starts from, if there is one."""
    return next((found for found in load_checkpoints(folder, database) if found.kept), None)
