"""Copies on the way to head, and how those who begin there learn of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec

from django_switchback.evidence import CheckpointSaved, MigrationName
from django_switchback.project.plan import Part
from django_switchback.sandbox.checkpoint_list import (
    Checkpoint,
    add_checkpoint,
    kept_checkpoint,
    load_checkpoints,
)
from django_switchback.sandbox.interface import Address
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.phases.to_head.checkpoints import Checkpoints
from django_switchback.worker.project.sandboxes import SandboxSwitcher

ONE, TWO, THREE = (("blog", f"000{number}") for number in (1, 2, 3))


class Copies:
    """Stands in for what switches between sandboxes: every copy has a number."""

    def __init__(self) -> None:
        self.made = 0
        self.current: Address | None = None

    def clone(self, label: str) -> Address:
        """Return the address of one more copy."""
        self.made += 1
        return Address(engine="sqlite", name=f"{label}-{self.made}", password="secret")

    def clone_of(self, source: Address, label: str) -> Address:
        """Return the address of a copy of ``source``."""
        return Address(engine="sqlite", name=f"{label} of {source.name}")

    def replace(self, address: Address) -> None:
        """Note what is in use now."""
        self.current = address


def part(*checkpoints: MigrationKey, database: str = "sqlite/other one") -> Part:
    """Return a part that leaves copies before these migrations."""
    names = tuple(MigrationName(app=app, name=name) for app, name in checkpoints)
    return Part(
        database=database, name="scratch", alias="default", kind="scratch", targets=(), checkpoints=names
    )


def passing(
    folder: Path, item: Part, *keys: MigrationKey, record: Callable[[CheckpointSaved], None] = lambda _: None
) -> Copies:
    """Go past ``keys`` and return what made the copies."""
    copies = Copies()
    checkpoints = Checkpoints(cast("SandboxSwitcher", copies), folder, item, record)
    for at, key in enumerate(keys):
        checkpoints.save_if_listed(key, keys[:at], silent=True)
    return copies


def test_copies_are_left_where_they_are_wanted(tmp_path: Path) -> None:
    """Each tells what is applied in it; the other databases' parts learn nothing of it."""
    item = part(ONE, THREE)
    assert load_checkpoints(tmp_path, item.database) == ()
    assert passing(tmp_path, item, ONE, TWO, THREE).made == 2
    assert [
        (checkpoint.before, checkpoint.applied, checkpoint.address.name)
        for checkpoint in load_checkpoints(tmp_path, item.database)
    ] == [
        (ONE, (), "checkpoint-1"),
        (THREE, (ONE, TWO), "checkpoint-2"),
    ]
    assert load_checkpoints(tmp_path, "sqlite") == ()


def test_a_copy_is_told_of_when_it_can_be_found(tmp_path: Path) -> None:
    """Whoever reads in the log that there is one reads its address too."""
    item = part(ONE, THREE)
    told: list[CheckpointSaved] = []

    def record(saved: CheckpointSaved) -> None:
        told.append(saved)
        names = [
            MigrationName(*checkpoint.before) for checkpoint in load_checkpoints(tmp_path, item.database)
        ]
        assert names == [each.migration for each in told]

    passing(tmp_path, item, ONE, TWO, THREE, record=record)
    assert [(saved.database, saved.migration.name) for saved in told] == [
        (item.database, "0001"),
        (item.database, "0003"),
    ]


def test_the_last_copy_counts(tmp_path: Path) -> None:
    """The way to head is begun again where a migration took the worker with it."""
    item = part(ONE, THREE)
    passing(tmp_path, item, ONE, TWO)
    passing(tmp_path, item, ONE, THREE)
    assert [
        (checkpoint.before, checkpoint.applied) for checkpoint in load_checkpoints(tmp_path, item.database)
    ] == [
        (ONE, ()),
        (THREE, (ONE,)),
    ]


def test_a_line_that_is_being_written_is_not_read(tmp_path: Path) -> None:
    """Whoever reads meanwhile has the copies before it."""
    item = part(ONE)
    passing(tmp_path, item, ONE)
    (file,) = tmp_path.iterdir()
    checkpoint = Checkpoint(TWO, Address(engine="sqlite", name="half"), ())
    with file.open("ab") as lines:
        lines.write(msgspec.json.encode(checkpoint))
    assert [found.before for found in load_checkpoints(tmp_path, item.database)] == [ONE]


def test_start_from_a_kept_one(tmp_path: Path) -> None:
    """The way goes on in a copy of what an earlier run has kept; where that is listed, no other is made."""
    item, copies, told = part(TWO, THREE), Copies(), list[CheckpointSaved]()
    kept = Checkpoint(TWO, Address(engine="sqlite", name="kept"), (ONE,), silent=True, kept=True)
    assert kept_checkpoint(tmp_path, item.database) is None
    add_checkpoint(tmp_path, item.database, kept)
    assert kept_checkpoint(tmp_path, item.database) == kept
    checkpoints = Checkpoints(cast("SandboxSwitcher", copies), tmp_path, item, told.append)
    checkpoints.start_from(kept)
    assert copies.current is not None
    assert copies.current.name == "scratch of kept"
    for key, applied in ((TWO, (ONE,)), (THREE, (ONE, TWO))):
        checkpoints.save_if_listed(key, applied, silent=True)
    assert copies.made == 1
    assert [saved.migration.name for saved in told] == ["0002", "0003"]
    assert [found.kept for found in load_checkpoints(tmp_path, item.database)] == [True, False]


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    """Addresses hold passwords."""
    passing(tmp_path, part(ONE), ONE)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert "secret" in file.read_text()
