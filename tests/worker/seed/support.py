"""What the tests of seeding share: connections, and models that live for one test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django
from django.apps.registry import Apps
from django.conf import settings
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import QuerySet

from django_switchback.sandbox.interface import Server

if not settings.configured:
    settings.configure(USE_TZ=True)
    django.setup()

BACKENDS = {"sqlite": "django.db.backends.sqlite3", "postgresql": "django.db.backends.postgresql"}
KEY: tuple[str, Any] = ("id", models.BigAutoField(primary_key=True))


def connected(server: Server, alias: str = "seeded") -> Iterator[BaseDatabaseWrapper]:
    """Give a connection that Django knows by ``alias`` to a new sandbox, and drop both."""
    factory = server.factory()
    address = factory.create("seed")
    mine = {
        "ENGINE": BACKENDS[address.engine],
        "NAME": address.name,
        "HOST": address.host,
        "PORT": address.port,
        "USER": address.user,
        "PASSWORD": address.password,
    }
    connections.settings[alias] = connections.configure_settings({"default": {}, alias: mine})[alias]
    try:
        yield connections[alias]
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]
        factory.drop(address)


def model(name: str, *fields: tuple[str, Any], bases: tuple[str, ...] = (), **options: Any) -> ModelState:
    """Return a model of the app ``shop``; it has a key of its own unless a field or base gives one."""
    keyed = bases or "pk" in dict(fields) or any(field.primary_key for _, field in fields)
    return ModelState(
        "shop", name, list(fields) if keyed else [KEY, *fields], options, bases or (models.Model,)
    )


def migration_of(*operations: Operation, name: str = "0001_initial", app: str = "shop") -> Migration:
    """Return a migration with these operations, as its file would define it."""
    migration = Migration(name, app)
    vars(migration)["operations"] = list(operations)
    return migration


def content_types() -> ModelState:
    """Return Django's table of content types, as its migrations leave it."""
    fields: list[tuple[str, Any]] = [
        ("id", models.AutoField(primary_key=True)),
        ("app_label", models.CharField(max_length=100)),
        ("model", models.CharField(max_length=100)),
    ]
    options = {"db_table": "django_content_type", "unique_together": {("app_label", "model")}}
    return ModelState("contenttypes", "ContentType", fields, options)


def created(connection: BaseDatabaseWrapper, *states: ModelState) -> Apps:
    """Create the tables of ``states`` and return their historical models."""
    project = ProjectState()
    for state in states:
        project.add_model(state)
    with connection.schema_editor() as editor:
        for state in states:
            editor.create_model(project.apps.get_model(state.app_label, state.name))
    return project.apps


def rows(connection: BaseDatabaseWrapper, apps: Apps, name: str) -> list[dict[str, Any]]:
    """Return the rows of a model, in the order of its key."""
    found: QuerySet[Any] = QuerySet(model=apps.get_model("shop", name), using=connection.alias)
    return list(found.order_by("pk").values())


def dropped(connection: BaseDatabaseWrapper, apps: Apps, *states: ModelState) -> None:
    """Drop the tables of ``states``."""
    with connection.schema_editor() as editor:
        for state in reversed(states):
            editor.delete_model(apps.get_model(state.app_label, state.name))


def told(state: ProjectState) -> dict[str, Any]:
    """Return what the models of ``state`` are, with what refers to them."""
    state.apps.clear_cache()
    return {
        found._meta.label: (
            [(field.name, field.deconstruct()[1:]) for field in found._meta.local_fields],
            sorted(rel.name for rel in found._meta.related_objects),
            found._meta.ordering,
        )
        for found in state.apps.get_models()
    }
