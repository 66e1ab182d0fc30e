"""The states that a release is rolled back to are those that each migration was applied on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import models
from django.db.migrations import Migration
from django.db.migrations import operations as ops
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from seed.support import KEY, migration_of, told

from django_switchback.worker.migrate import rollback_order, whole_migrate
from django_switchback.worker.migrate.project_state.rendering import StateRenderer
from django_switchback.worker.migrate.project_state.state_cache import StateCache
from django_switchback.worker.migrate.rollback_order import Rollback, states_before
from django_switchback.worker.migrate.steps import MigrationKey

HISTORY: dict[MigrationKey, tuple[Operation, ...]] = {
    ("shop", "1"): (ops.CreateModel("Author", [KEY]), ops.CreateModel("Shelf", [KEY])),
    ("shop", "2"): (
        ops.CreateModel("Book", [KEY, ("author", models.ForeignKey("shop.Author", models.CASCADE))]),
    ),
    ("other", "1"): (
        ops.CreateModel("Note", [KEY, ("book", models.ForeignKey("shop.Book", models.CASCADE))]),
    ),
    ("other", "2"): (ops.DeleteModel("Note"),),
    ("shop", "3"): (ops.AddField("author", "age", models.IntegerField(null=True)),),
    ("shop", "4"): (ops.RenameModel("Book", "Volume"), ops.RenameField("author", "age", "years")),
    ("shop", "5"): (ops.DeleteModel("Shelf"),),
}
ROLLED: list[MigrationKey] = [("shop", number) for number in "2345"]


class History:
    """Has what a descent asks of a migrator; the states that it is given are noted."""

    def __init__(self) -> None:
        self.plan = list(HISTORY)
        self.position = {key: place for place, key in enumerate(self.plan)}
        self.intermediate = StateCache()
        self.rendering = StateRenderer()
        self.given: dict[MigrationKey, ProjectState] = {}
        self._nodes = {
            key: migration_of(*operations, name=key[1], app=key[0]) for key, operations in HISTORY.items()
        }

    def node(self, key: MigrationKey) -> Migration:
        """Return a migration."""
        return self._nodes[key]

    def empty_state(self) -> ProjectState:
        """Return the state before all."""
        return ProjectState()

    def state_of(self, applied: Callable[[MigrationKey], bool]) -> ProjectState:
        """Return the state of what is applied."""
        state = ProjectState()
        for key in filter(applied, self.plan):
            self.node(key).mutate_state(state, preserve=False)
        return state

    def state_after(self, state: ProjectState, key: MigrationKey) -> ProjectState:
        """Return the state after one."""
        after = state.clone()
        with self.intermediate.patched(state, self.node(key)):
            return self.node(key).mutate_state(after, preserve=False)


@pytest.fixture(autouse=True)
def _noting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a rollback note the states that it is given."""

    def backward_all(
        migrator: Any, keys: Any, states: dict[MigrationKey, ProjectState], *_: Any
    ) -> Iterator[Any]:
        migrator.given = dict(states)
        yield from ()

    monkeypatch.setattr(whole_migrate, "backward_all", backward_all)


def given(
    applied: set[MigrationKey],
) -> tuple[dict[MigrationKey, ProjectState], dict[MigrationKey, ProjectState]]:
    """Return the states that are given for a descent, and those that are meant."""
    history: Any = History()
    meant = states_before(history, applied, ROLLED)
    list(Rollback(history, applied).roll_back_all(ROLLED[::-1], dict(meant), lambda key, action: action()))
    return history.given, meant


@pytest.mark.parametrize("left_out", [None, ("other", "2")])
def test_each_is_what_it_was_applied_on(left_out: MigrationKey | None) -> None:
    """Whatever is applied between two of them counts, and what is not does not."""
    found, meant = given(set(HISTORY) - {left_out})
    assert list(found) == list(meant) == ROLLED
    assert all("apps" in vars(state) for key, state in found.items() if key != ROLLED[-1])
    assert {key: told(state) for key, state in found.items()} == {
        key: told(state) for key, state in meant.items()
    }
    assert found == meant
    assert ("other.Note" in told(found["shop", "4"])) is (left_out is not None)


def test_states_share_what_no_migration_between_them_changes() -> None:
    """A model is one object in all states until a migration changes it; each state is as Django builds it."""
    history: Any = History()
    states = states_before(history, set(HISTORY), ROLLED)
    built = ProjectState()
    for key in history.plan:
        if key in states:
            assert told(states[key]) == told(built)
            assert states[key] == built
        history.node(key).mutate_state(built, preserve=False)
    shelves, authors = (
        [state.models["shop", name] for state in states.values()] for name in ("shelf", "author")
    )
    assert all(shelf is shelves[0] for shelf in shelves)
    assert authors[0] is authors[1] is not authors[2] is not authors[3]


def test_the_models_of_the_last_signals_are_migrated_from_once() -> None:
    """A ``migrate`` changes them: a second one, or one with other migrations applied, begins with its own."""
    history: Any = History()
    state = history.state_of(HISTORY.__contains__)
    history.rendering.rerender_if_delayed(state)
    others = set(HISTORY) - {("shop", "5")}
    assert told(Rollback(history, set(HISTORY), state).state_of(others)) == told(
        history.state_of(others.__contains__)
    )
    rollback = Rollback(history, set(HISTORY), state)
    assert rollback.state_of(set(HISTORY)) is state
    history.node(("shop", "1")).operations[0].state_forwards("another", state)
    assert rollback.state_of(set(HISTORY)) == history.state_of(HISTORY.__contains__)


@pytest.mark.parametrize("limit", ["MAX_CACHED_MIGRATIONS", "MAX_RENDER_DISTANCE"])
def test_far_or_many_are_rendered_one_by_one(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    """The states of a long way down are never held all at once."""
    monkeypatch.setattr(rollback_order, limit, 3)
    found, _ = given(set(HISTORY))
    assert not any("apps" in vars(state) for state in found.values())
