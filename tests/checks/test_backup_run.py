"""Promises of the backup that a worker makes: what is missing in it shows, whatever it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.checks.backup import judge
from django_switchback.checks.interface import CheckResult
from django_switchback.config.config import load_config
from django_switchback.evidence import AnyRecord, BackupStep, StepFinished
from django_switchback.pipeline import rehearse
from django_switchback.progress.interface import Progress

from . import projects

DATABASES = ("sqlite", pytest.param("postgresql-15", marks=pytest.mark.slow), "postgresql-18")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the small project."""
    return projects.write(tmp_path / "project")


def records(folder: Path, database: str, command: str | None = None) -> tuple[AnyRecord, ...]:
    """Return the evidence of a backup on ``database``, dumped by ``command`` if one is given."""
    flags = {"project": str(folder), "database": (database,), "dump-command": command}
    log = folder.parent / "evidence.jsonl"
    return rehearse(load_config(flags, {}, folder), Progress(), log, "backup-verification")


def verified(folder: Path, database: str, command: str | None = None) -> CheckResult:
    """Return what the check says."""
    (result,) = judge(records(folder, database, command))
    return result


@pytest.mark.parametrize("database", DATABASES)
def test_a_sound_backup_passes(folder: Path, database: str) -> None:
    """A whole dump is equal, expressions that PostgreSQL reads back in other words included."""
    found = records(folder, database)
    (result,) = judge(found)
    assert (result.outcome, result.problems, result.notes) == ("passed", (), ())
    rolled = [
        str(record.migration)
        for record in found
        if isinstance(record, StepFinished) and record.phase == "unwind"
    ]
    assert rolled == ["shop.0002_sale", "shop.0001_initial"]
    assert [record.step for record in found if isinstance(record, BackupStep)] == ["dump", "restore"]


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("pg_dump -Fc --exclude-table shop_sale", "in the restored copy table shop_sale is missing"),
        (
            "sh -c 'pg_dump -Fc | LC_ALL=C sed s/shop_keeper/shop_kiosks/g'",
            "in the restored copy table shop_sale has owner shop_kiosks instead of shop_keeper",
        ),
        pytest.param(
            "pg_dump -Fc --exclude-table-data shop_item_id_seq",
            "in the restored copy sequence shop_item_id_seq has number 1 (not used yet) instead of 3",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "pg_dump -Fc --exclude-table-data shop_sale",
            "the restored copy lacks 3 rows of shop_sale",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "pg_dump -Fc --exclude-table-data django_migrations",
            "the restored copy lacks 2 rows of django_migrations",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_a_dump_lacks_is_named(folder: Path, command: str, problem: str) -> None:
    """A dump without a table, an owner, a sequence's position, rows or the record of migrations fails."""
    result = verified(folder, "postgresql-15", command)
    assert result.outcome == "failed"
    assert problem in result.problems


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("sh -c 'pg_dump -Fc | head -c 3000'", "the dump cannot be restored: pg_restore ended with status 1"),
        ("sh -c 'echo no room >&2; exit 4'", "the dump failed: sh ended with status 4: no room"),
        pytest.param(
            "no-such-program",
            "the dump failed: program no-such-program not found",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_dump_that_is_none(folder: Path, command: str, problem: str) -> None:
    """A dump that is cut off or was never made fails, with what the program said."""
    result = verified(folder, "postgresql-15", command)
    assert result.outcome == "failed"
    assert result.problems[0].startswith(problem)


def test_what_the_original_refuses_is_not_the_backups_fault(folder: Path) -> None:
    """A migration without a reverse is a matter of another check: here it is a note."""
    path = folder / "shop" / "migrations" / "0002_sale.py"
    path.write_text(
        path.read_text().replace("(of_somebody_else, migrations.RunPython.noop)", "(of_somebody_else)")
    )
    result = verified(folder, "sqlite")
    assert (result.outcome, result.problems) == ("passed", ())
    assert result.notes == (
        "shop.0002_sale cannot be rolled back on the original either: see the check migrations",
    )
