"""A whole migrate sends one pair of signals, and applies the migrations that it gave to their receivers."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from django.db.migrations.state import ProjectState

from django_switchback.worker.migrate.steps import StepResult
from django_switchback.worker.migrate.whole_migrate import forward_all

KEYS = [("blog", f"000{number}") for number in (1, 2, 3)]


class Recorded:
    """Stands in for a migrator; notes which signals and migrations it is asked for."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Any]] = []
        self.rendering = SimpleNamespace(mark_dirty=lambda state: None)
        self.signals = SimpleNamespace(
            send_pre_migrate=lambda state, plan: self.done.append(("pre_migrate", plan)),
            send_post_migrate=lambda state, plan: self.done.append(("post_migrate", plan)),
        )
        self.executor = SimpleNamespace(
            apply_migration=lambda state, migration: self.done.append(("apply", migration)),
            check_replacements=lambda: None,
        )

    def node(self, key: tuple[str, str]) -> SimpleNamespace:
        """Return a new instance, as a migrator does."""
        return SimpleNamespace(app_label=key[0], name=key[1])

    def run_step(
        self,
        key: tuple[str, str],
        step: Callable[[], object],
        before: Callable[[], object],
        after: Callable[[], object],
    ) -> StepResult:
        """Run a step."""
        for action in (before, step, after):
            action()
        return StepResult(seconds=0.0, queries=0, failure=None, operations=())


def carried_out(begun: list[tuple[SimpleNamespace, bool]] | None) -> list[tuple[str, Any]]:
    """Return what is done to apply the last two migrations."""
    migrator: Any = Recorded()
    plan: Any = begun
    list(forward_all(migrator, ProjectState(), KEYS[1:], begun=plan))
    done: list[tuple[str, Any]] = migrator.done
    return done


def test_from_the_beginning() -> None:
    """The migrations that are applied are those that both signals get."""
    (first, sent), *applied, (last, plan) = carried_out(None)
    assert (first, last) == ("pre_migrate", "post_migrate")
    assert [("apply", migration) for migration, _ in sent] == applied
    assert plan is sent


def test_one_that_has_begun() -> None:
    """No signal is sent before; the migrations are those that receivers got, and the plan is all of them."""
    begun = [(SimpleNamespace(app_label=app, name=name), False) for app, name in KEYS]
    *applied, (last, plan) = carried_out(begun)
    assert applied == [("apply", migration) for migration, _ in begun[1:]]
    assert all(ours is theirs[0] for (_, ours), theirs in zip(applied, begun[1:], strict=True))
    assert (last, plan) == ("post_migrate", begun)
