"""The plan of a shard: by what earlier runs took, and with what all shards have to agree in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from project.graphs import fact, name, project

from django_switchback import evidence
from django_switchback.config.config import Config
from django_switchback.engine.planning import parts_left, with_checkpoint
from django_switchback.engine.sharding import ShardPlanner
from django_switchback.evidence import MigrationName, PartFinished, Shard, ShardPlanned, StepFinished
from django_switchback.project.plan import MAX_GAP_MIGRATIONS, Part, plan_parts

NAMES = [f"blog.{number:04}_n" for number in range(3 * (MAX_GAP_MIGRATIONS + 2))]
DESCRIBED = project(*map(fact, NAMES))
TARGETS = tuple(name(NAMES[at]) for at in (0, MAX_GAP_MIGRATIONS + 3, len(NAMES) - 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with the migrations, and with settings."""
    for written in NAMES:
        path = tmp_path / fact(written).path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("class Migration: ...")
    (tmp_path / "settings.py").write_text("DEBUG = False")
    return tmp_path


def planner(folder: Path, shard: tuple[int, int] = (1, 2), **options: Any) -> ShardPlanner:
    """Return the planner of a shard, by default the first of two."""
    values: dict[str, Any] = {
        "project": folder,
        "settings": "settings",
        "python": "python",
        "shard": shard,
        **options,
    }
    return ShardPlanner(Config(**values), Shard(*shard))


def planned(planner: ShardPlanner, database: str = "sqlite") -> tuple[ShardPlanned, tuple[Part, ...]]:
    """Return the plan of a shard."""
    return planner.plan(DESCRIBED, database, plan_parts(DESCRIBED, database, TARGETS))


def test_the_plan_is_divided_by_what_an_earlier_run_took(folder: Path) -> None:
    """A cycle that took most of the time has a shard of its own, from a log and from seconds alone."""
    step = StepFinished(
        database="sqlite",
        part="cycles-1",
        migration=TARGETS[0],
        phase="cycle",
        direction="forward",
        rows="none",
        outcome="ok",
        seconds=0.0,
    )
    log = folder / "old.jsonl"
    evidence.write(
        log, [step, PartFinished("sqlite", "cycles-1", 900.0, 0), PartFinished("sqlite", "scratch", 1.0, 0)]
    )
    unweighted, _ = planned(planner(folder))
    by_log, _ = planned(planner(folder, shard_weights=(log,)))
    seconds = (("sqlite", str(TARGETS[0]), 900.0), ("sqlite", "scratch", 1.0))
    by_seconds, _ = planned(planner(folder, durations=seconds))
    alone = by_log.parts["cycles-1"]
    assert [part for part, number in by_log.parts.items() if number == alone] == ["cycles-1"]
    assert by_log.parts == by_seconds.parts != unweighted.parts


@pytest.mark.parametrize("edited", ["settings.py", "blog/signals.py", "blog/new.sql", "pyproject.toml"])
def test_all_code_of_the_project_has_to_be_the_same(folder: Path, edited: str) -> None:
    """Settings, receivers and helpers change what a migration does as the migration itself would."""
    before, _ = planned(planner(folder))
    (folder / edited).write_text("DEBUG = True")
    after, _ = planned(planner(folder))
    assert [key for key in before.inputs if before.inputs[key] != after.inputs[key]] == [
        "the files of the project"
    ]


def test_reports_in_the_project_make_no_difference(folder: Path) -> None:
    """Shards that run one after the other write them there."""
    before, _ = planned(planner(folder))
    (folder / "shard-1.json").write_text("{}")
    (folder / "shard-1.jsonl").write_text("{}")
    assert planned(planner(folder))[0] == before


def test_files_are_read_once_for_all_servers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project has thousands of migrations."""
    shards = planner(folder)
    first, _ = planned(shards)
    read: list[Path] = []

    def read_bytes(path: Path) -> bytes:
        read.append(path)
        return b""

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    second, _ = planned(shards, "postgresql-18")
    assert second.inputs == first.inputs
    assert read == []


def test_the_lead_of_a_shard_ends_at_the_last_cycle_that_is_left() -> None:
    """What the cache knows need not be migrated to; the last checkpoint is kept for later runs."""
    part = Part(database="sqlite", name="", alias="default", kind="cycles", targets=())
    far, near = (part_with(part, f"cycles-{number}", TARGETS[number]) for number in (2, 0))
    lead = part_with(part, "checkpoints", TARGETS[0], TARGETS[2])
    (left, *others) = parts_left((lead, near, far), (far,))
    assert (left.targets, left.checkpoints, others) == ((TARGETS[0],), (TARGETS[0],), [near])
    assert parts_left((lead, near, far), (far, near)) == ()
    scratch = part_with(part, "scratch", *TARGETS)
    (left, *others) = parts_left((scratch, near, far), (far,))
    assert (left.targets, left.checkpoints, others) == (TARGETS, TARGETS, [near])
    (left, *others) = parts_left((scratch, near, far), (near,))
    assert (left.targets, left.checkpoints, others) == (TARGETS, TARGETS[1:], [far])
    assert with_checkpoint(left, TARGETS[0]).checkpoints == TARGETS
    assert [with_checkpoint(part, TARGETS[1]) for part in (left, far)] == [left, far]


def part_with(part: Part, called: str, *targets: MigrationName) -> Part:
    """Return a part of these targets, each with a checkpoint if it goes to head."""
    kind = called.partition("-")[0]
    checkpoints = targets if kind != "cycles" else ()
    return msgspec.structs.replace(part, name=called, kind=kind, targets=targets, checkpoints=checkpoints)
