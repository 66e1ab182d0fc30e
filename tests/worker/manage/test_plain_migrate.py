"""A failed step is repeated by plain ``migrate``, without the checks that keep it from starting."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from django_switchback.evidence import MigrationName
from django_switchback.worker.manage.plain_migrate import MigrateConfirmer

CHECKS = "django.core.management.base.SystemCheckError: System check identified some issues"
RAISED = "Traceback\ndjango.db.migrations.exceptions.IrreversibleError: no"


@pytest.mark.parametrize(
    ("runs", "command", "reproduced"),
    [
        ({(): (1, RAISED)}, "python manage.py migrate blog 0001", True),
        (
            {(): (1, CHECKS), ("--skip-checks",): (1, RAISED)},
            "python manage.py migrate blog 0001 --skip-checks",
            True,
        ),
        (
            {(): (1, CHECKS), ("--skip-checks",): (0, "OK")},
            "python manage.py migrate blog 0001 --skip-checks",
            False,
        ),
        ({(): (0, f"printed by the migration: {CHECKS}")}, "python manage.py migrate blog 0001", False),
    ],
    ids=["no check", "a check", "a check, no failure", "no failure"],
)
def test_a_check_keeps_no_step_from_being_repeated(
    monkeypatch: pytest.MonkeyPatch, runs: dict[tuple[str, ...], Any], command: str, reproduced: bool
) -> None:
    """The command that is told is the one that showed the failure."""
    config: Any = SimpleNamespace(program=None)
    confirmer = MigrateConfirmer(config, "default", {})
    monkeypatch.setattr(confirmer, "_run", lambda copy, app, name: runs[confirmer._options])
    copy: Any = SimpleNamespace(engine="postgresql")
    confirmed = confirmer.confirm(
        copy,
        database="postgresql-18",
        migration=MigrationName("blog", "0002"),
        phase="cycle",
        direction="rollback",
        name="0001",
        failure_type="IrreversibleError",
        is_done=lambda: True,
    )
    assert (confirmed.command, confirmed.reproduced) == (command, reproduced)


def test_a_check_that_fails_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps one step from starting keeps all: later ones are run without checks at once."""
    config: Any = SimpleNamespace(program=None)
    confirmer = MigrateConfirmer(config, "default", {})
    outputs = iter([(1, CHECKS), (1, RAISED), (1, RAISED)])
    monkeypatch.setattr(confirmer, "_run", lambda copy, app, name: next(outputs))
    copy: Any = SimpleNamespace(engine="postgresql")
    for name in ("0002", "0003"):
        confirmed = confirmer.confirm(
            copy,
            database="postgresql-18",
            migration=MigrationName("blog", name),
            phase="cycle",
            direction="rollback",
            name="0001",
            failure_type="IrreversibleError",
            is_done=lambda: True,
        )
        assert confirmed.reproduced
