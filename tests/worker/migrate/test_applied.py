"""What is applied follows the table of applied migrations, and what squashed migrations stand for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db.migrations.recorder import MigrationRecorder

from django_switchback.worker.migrate.migrator import Migrator

SQUASHED = ("blog", "0001_squashed_0002")
REPLACED = [("blog", "0001"), ("blog", "0002")]


@pytest.mark.parametrize(("recorded", "applied"), [(0, False), (1, False), (2, True)])
def test_a_squashed_migration_is_applied_with_all_that_it_replaces(
    monkeypatch: pytest.MonkeyPatch, recorded: int, applied: bool
) -> None:
    """It is not recorded itself before ``migrate`` ends."""
    there = dict.fromkeys(REPLACED[:recorded])
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda recorder: there)
    squashed = SimpleNamespace(replaces=REPLACED)
    fake: Any = SimpleNamespace(connection=None, loader=SimpleNamespace(replacements={SQUASHED: squashed}))
    found = Migrator.applied(fake)
    assert (SQUASHED in found) is applied
    assert found.issuperset(there)
