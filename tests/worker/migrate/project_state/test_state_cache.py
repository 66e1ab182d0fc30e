"""States within a migration are worked out once, and are what they would be if they were each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration, RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations import operations as ops
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from seed.support import connected, created, migration_of, model, told

from django_switchback.sandbox.interface import Server
from django_switchback.worker.migrate.project_state import state_cache
from django_switchback.worker.migrate.project_state.rendering import render_models
from django_switchback.worker.migrate.project_state.state_cache import StateCache

AUTHOR = model("Author", ("name", models.CharField(max_length=20)))
BOOK = model("Book", ("author", models.ForeignKey("shop.Author", models.CASCADE)))
CHANGES: tuple[Operation, ...] = (
    ops.AddField("author", "age", models.IntegerField(null=True)),
    ops.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))]),
    ops.AddField("book", "shelf", models.ForeignKey("shop.Shelf", models.CASCADE, null=True)),
    ops.RenameField("author", "name", "title"),
    ops.RenameModel("Book", "Volume"),
    ops.AlterField("author", "title", models.CharField(max_length=30)),
    ops.AlterModelOptions("author", {"ordering": ["title"]}),
    ops.RemoveField("volume", "shelf"),
    ops.DeleteModel("Shelf"),
    RunSQL("SELECT 1", "SELECT 1"),
)


@pytest.fixture
def database(sqlite_server: Server) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection to a sandbox with two tables."""
    for connection in connected(sqlite_server):
        created(connection, AUTHOR, BOOK)
        yield connection


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give a list of the models that are rendered from now on."""
    names: list[str] = []
    render = ModelState.render

    def noting(self: ModelState, apps: Any) -> Any:
        names.append(self.name)
        return render(self, apps)

    monkeypatch.setattr(ModelState, "render", noting)
    return names


def origin() -> ProjectState:
    """Return a rendered state with the two models."""
    state = ProjectState()
    for item in (AUTHOR, BOOK):
        state.add_model(item.clone())
    render_models(state)
    return state


def taking(*operations: Operation, name: str = "0002_changes") -> Migration:
    """Return a migration of these operations."""
    return migration_of(*operations, name=name)


def forward(
    database: BaseDatabaseWrapper, migration: Migration, start: ProjectState, kept: StateCache | None = None
) -> ProjectState:
    """Apply ``migration`` on a copy of ``start``, which is returned."""
    state = start.clone()
    with database.schema_editor() as editor:
        if kept is None:
            return migration.apply(state, editor)
        with kept.patched(start, migration):
            return migration.apply(state, editor)


def back(database: BaseDatabaseWrapper, migration: Migration, start: ProjectState, kept: StateCache) -> None:
    """Unapply ``migration``, which was applied on ``start``."""
    with database.schema_editor() as editor, kept.patched(start, migration):
        migration.unapply(start, editor)


def before(database: BaseDatabaseWrapper, place: int) -> ProjectState:
    """Return the rendered state before the operation at ``place``, with the tables to it."""
    state = origin()
    for operation in CHANGES[:place]:
        state = forward(database, taking(operation), state)
    vars(state).pop("apps")
    render_models(state)
    return state


@pytest.mark.parametrize("place", range(len(CHANGES)))
def test_there_and_back_and_there_again(database: BaseDatabaseWrapper, place: int) -> None:
    """The schema and the state after it are those of a plain one, and what it started from is as it was."""
    kept, start = StateCache(), before(database, place)
    migration, were, tables = taking(CHANGES[place]), told(start), database.introspection.table_names()
    first = forward(database, migration, start, kept)
    found = told(first)
    first.add_model(model("Sooner"))
    back(database, migration, start, kept)
    assert database.introspection.table_names() == tables
    again = forward(database, migration, start, kept)
    again.add_model(model("Later"))
    back(database, migration, start, kept)
    third = forward(database, migration, start, kept)
    back(database, migration, start, kept)
    plain = forward(database, migration, start.clone())
    assert third == plain
    assert found == told(third) == told(plain)
    assert told(start) == were
    assert "state_forwards" not in vars(CHANGES[place])


def test_what_refers_to_a_model(database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found out again, whatever states that share the model have found out since."""
    found: list[list[str]] = []

    def noting(self: RunSQL, *rest: Any) -> None:
        found.append([item.name for item in rest[-1].apps.get_model("shop.author")._meta.related_objects])

    monkeypatch.setattr(RunSQL, "database_forwards", noting)
    migration = taking(CHANGES[0], RunSQL("SELECT 1", RunSQL.noop))
    kept, start = StateCache(), origin()
    for _ in range(2):
        after = forward(database, migration, start, kept)
        back(database, migration, start, kept)
        later = taking(ops.DeleteModel("Book"), CHANGES[1]).mutate_state(after)
        assert later.apps.get_model("shop.shelf")._meta.related_objects == ()
    assert found == [["book"]] * 2


@pytest.mark.parametrize("other", [CHANGES[3], RunSQL("SELECT 1", RunSQL.noop, [CHANGES[6]])])
def test_several_changes_are_made_each_time(database: BaseDatabaseWrapper, other: Operation) -> None:
    """What refers to a model is read in the registry of the moment, which goes on changing."""
    kept, start = StateCache(), origin()
    migration = taking(CHANGES[0], other)
    found = []
    for _ in range(2):
        found.append(forward(database, migration, start, kept).apps.get_model("shop.author"))
        back(database, migration, start, kept)
    assert found[0] is not found[1]


def test_nothing_is_rendered_twice(server_of: Callable[[str], Server], rendered: list[str]) -> None:
    """On PostgreSQL, that is: SQLite renders a model of its own to make a table anew."""
    for connection in connected(server_of("postgresql-18")):
        created(connection, AUTHOR, BOOK)
        for place, operation in enumerate(CHANGES):
            kept, start, migration = StateCache(), before(connection, 0), taking(operation)
            for earlier in CHANGES[:place]:
                start = taking(earlier).mutate_state(start)
            forward(connection, migration, start, kept)
            rendered.clear()
            back(connection, migration, start, kept)
            forward(connection, migration, start, kept)
            assert rendered == []


def test_from_another_state_all_is_new(database: BaseDatabaseWrapper) -> None:
    """Neither another state's models nor those that were rendered anew are mixed with the old ones."""
    kept, start, migration = StateCache(), origin(), taking(CHANGES[0])
    first = forward(database, migration, start, kept)
    back(database, migration, start, kept)
    vars(start).pop("apps")
    render_models(start)
    second = forward(database, migration, start, kept)
    back(database, migration, start, kept)
    third = forward(database, migration, origin(), kept)
    found = [state.apps.get_model("shop.author") for state in (first, second, third)]
    assert len(set(found)) == 3


def test_what_receivers_add_counts(database: BaseDatabaseWrapper) -> None:
    """Other operations on the same instance are another way."""
    kept, start, migration = StateCache(), origin(), taking(CHANGES[0])
    forward(database, migration, start, kept)
    back(database, migration, start, kept)
    migration.operations = [CHANGES[1], CHANGES[0]]  # type: ignore[misc]  # set by Migration.__init__
    assert "Shelf" in {
        found.__name__ for found in forward(database, migration, start, kept).apps.get_models()
    }


def test_several_migrations(database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has states of its own; of too many, those go that were taken longest ago."""
    monkeypatch.setattr(state_cache, "MAX_CACHED_MIGRATIONS", 2)
    kept, start = StateCache(), origin()
    migrations = [taking(CHANGES[0], name=str(number)) for number in range(3)]
    made = []
    for number in (0, 1, 0, 2, 1, 0):
        made.append(forward(database, migrations[number], start, kept).apps.get_model("shop.author"))
        back(database, migrations[number], start, kept)
    assert made[2] is made[0]
    assert len({*made}) == 5


class Own(ops.AddField):
    """An operation of a project's own."""


NOTHING = RunPython(RunPython.noop, RunPython.noop)


@pytest.mark.parametrize(
    "operations",
    [
        (CHANGES[0], NOTHING),
        (SeparateDatabaseAndState([NOTHING], [CHANGES[0]]),),
        (Own("author", "size", models.IntegerField(null=True)),),
        (RunSQL("SELECT 1", RunSQL.noop, [Own("author", "size", models.IntegerField(null=True))]),),
    ],
)
def test_beside_code_of_the_project_nothing_is_kept(
    database: BaseDatabaseWrapper, operations: tuple[Operation, ...]
) -> None:
    """It may do anything to the models that it is given, which the next time must not have."""
    kept, start, migration = StateCache(), origin(), taking(*operations)
    first = forward(database, migration, start, kept)
    back(database, migration, start, kept)
    second = forward(database, migration, start, kept)
    assert first.apps.get_model("shop.author") is not second.apps.get_model("shop.author")


class More(Migration):
    """A migration of a project's own, which changes the state by itself on the way forward."""

    def apply(
        self, project_state: ProjectState, schema_editor: Any, collect_sql: bool = False
    ) -> ProjectState:
        """Apply the operations on a state with another model."""
        project_state.add_model(model("More"))
        return super().apply(project_state, schema_editor, collect_sql)


def test_a_class_of_the_project_may_do_more(database: BaseDatabaseWrapper) -> None:
    """What it leads to is not taken for what its operation does."""
    kept, start, migration = StateCache(), origin(), More("0002_more", "shop")
    migration.operations = [CHANGES[6]]  # type: ignore[misc]  # set by Migration.__init__
    for _ in range(2):
        assert "shop.More" in told(forward(database, migration, start, kept))
        with database.schema_editor() as editor, kept.patched(start, migration):
            assert "shop.More" not in told(migration.mutate_state(start))
            migration.unapply(start, editor)


def test_an_operation_that_the_project_changed(database: BaseDatabaseWrapper) -> None:
    """What it does instead is done, and stays."""
    operation = ops.AddField("author", "size", models.IntegerField(null=True))
    vars(operation)["state_forwards"] = lambda app_label, state: None
    kept, start = StateCache(), origin()
    with kept.patched(start, taking(operation)):
        operation.state_forwards("shop", start)
    assert told(start) == told(origin())
    assert "state_forwards" in vars(operation)


def test_after_a_failure_nothing_is_kept(database: BaseDatabaseWrapper) -> None:
    """Fields keep what Django did to them for the time of the statement that failed."""
    kept, start, found = StateCache(), origin(), []
    migration = taking(CHANGES[0], RunSQL("SELECT missing"))
    for _ in range(2):
        state = start.clone()
        with (
            pytest.raises(DatabaseError),
            database.schema_editor() as editor,
            kept.patched(start, migration),
        ):
            migration.apply(state, editor)
        found.append(state.apps.get_model("shop.author"))
    assert found[0] is not found[1]


def test_a_state_that_is_not_rendered_is_left_alone(database: BaseDatabaseWrapper) -> None:
    """Its copies would each render their own models."""
    kept, start, migration = StateCache(), origin(), taking(CHANGES[0])
    vars(start).pop("apps")
    forward(database, migration, start, kept)
    assert "apps" not in vars(start)


def test_not_too_many_are_kept(database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration of very many operations on very many models would take more memory than there is."""
    kept, start, migration = StateCache(), origin(), taking(CHANGES[0])
    monkeypatch.setattr(state_cache, "MAX_CACHED_OBJECTS", 1)
    first = forward(database, migration, start, kept)
    back(database, migration, start, kept)
    second = forward(database, migration, start, kept)
    assert first.apps.get_model("shop.author") is not second.apps.get_model("shop.author")
