"""From nothing to head as a plain ``migrate`` goes, and what the checks say of the result."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec
from django.apps import apps as global_apps
from django.core import checks
from django.core.management import get_commands, load_command_class
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.models import Model

from django_switchback.evidence import (
    Difference,
    Failure,
    ModelsDrifted,
    SchemaDrifted,
    ScratchFinished,
    SystemChecked,
)
from django_switchback.worker.cycle.context import PartContext, django_key, migration_name
from django_switchback.worker.manage.makemigrations import finds_no_changes
from django_switchback.worker.migrate.migrator import MigrationKey, Migrator, StepResult
from django_switchback.worker.phases.checkpoints import Checkpoints
from django_switchback.worker.snapshot.compare import compare_schemas
from django_switchback.worker.snapshot.interface import Schema
from django_switchback.worker.snapshot.reading import schema

COMPARED_KINDS = {"table", "column", "constraint", "index"}


def migrate_from_nothing(context: PartContext) -> set[MigrationKey]:
    """Apply every migration on the current sandbox, which is empty; return those that are applied.

    One that fails is passed over with all that needs it, so that it hides nothing else.
    """
    migrator = context.migrator
    lost = set(map(django_key, context.part.unappliable))
    applied: dict[MigrationKey, None] = {}
    first: tuple[MigrationKey, Failure] | None = None
    stations = Checkpoints(context.sandboxes, context.folder, context.part)

    def step(key: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
        stations.save_if_wanted(key, tuple(applied))
        return context.run_step(key, "scratch", "forward", action)

    started = time.perf_counter()
    migrator.prepare()
    while True:
        add_dependents(migrator, lost)
        left = [key for key in migrator.plan if key not in applied and key not in lost]
        if not left:
            break
        state = migrator.state_of(applied.__contains__)
        for key, taken in migrator.forward_all(state, left, step):
            if taken.failure is None:
                applied[key] = None
                continue
            if not taken.failure.of_server:
                first = first or (key, taken.failure)
            context.confirm(key, "scratch", "forward", taken)
            lost.add(key)
    context.log.add(
        ScratchFinished(
            database=context.database,
            seconds=time.perf_counter() - started,
            migrations=len(applied),
            failed=migration_name(first[0]) if first else next(iter(context.part.unappliable), None),
            failure=first[1] if first else None,
        )
    )
    return set(applied)


def add_dependents(migrator: Migrator, lost: set[MigrationKey]) -> None:
    """Add to ``lost`` all that needs something lost."""
    graph = migrator.loader.graph
    for key in migrator.plan:
        if any(parent.key in lost for parent in graph.node_map[key].parents):
            lost.add(key)


def system_checks(context: PartContext) -> None:
    """Record what ``check`` says, and what only ``check --deploy`` says."""
    plain = [message for message in checks.run_checks() if not message.is_silenced()]
    deploy = [
        message
        for message in checks.run_checks(include_deployment_checks=True)
        if not message.is_silenced() and message not in plain
    ]
    for messages, only_deploy in ((plain, False), (deploy, True)):
        for message in messages:
            context.log.add(
                SystemChecked(
                    database=context.database,
                    id=message.id or "",
                    level=message.level,
                    message=str(message.msg),
                    hint=str(message.hint or ""),
                    deploy=only_deploy,
                )
            )


def model_drift(context: PartContext) -> set[str]:
    """Record what ``makemigrations`` (the project's own, if there is one) would write; return the apps."""
    loader = context.migrator.loader
    command: Any = load_command_class(get_commands()["makemigrations"], "makemigrations")
    detector = command.autodetector(
        loader.project_state(),
        ProjectState.from_apps(global_apps),
        # The one that asks nobody and has no answer: others print, or end the process.
        MigrationQuestioner(specified_apps=set(), dry_run=True),
    )
    changes = {
        app: migrations
        for app, migrations in detector.changes(graph=loader.graph).items()
        if not finds_no_changes(app, timeout=context.confirmer.timeout)
    }
    for app, migrations in sorted(changes.items()):
        context.log.add(
            ModelsDrifted(
                database=context.database,
                app=app,
                first_party=app in context.part.first_party,
                operations=tuple(
                    operation.formatted_description()
                    for migration in migrations
                    for operation in migration.operations
                ),
            )
        )
    return set(changes)


def schema_drift(context: PartContext, drifted: set[str]) -> None:
    """Compare the migrated database with one that is made from the models as they are now.

    The second one is a copy of the first with Django's tables made anew, so that extensions, types and
    functions that migrations made are there. Names that Django derives differ with history and do not
    count. Tables of the apps in ``drifted`` are left out: that their models and migrations differ is told
    already. So are virtual tables: their columns are what a module of SQLite makes of them.
    """
    bench = context.sandboxes
    # Rendered as states are: real models give the keys of many-to-many tables another type where an app has a
    # default of its own, which no migration of Django's ever does.
    models = [
        model
        for model in ProjectState.from_apps(global_apps).apps.get_models()
        if model._meta.app_label in context.migrator.loader.migrated_apps
        and model._meta.can_migrate(bench.connection)
        and router.allow_migrate_model(bench.alias, model)
    ]
    owners = {
        table._meta.db_table: table._meta.app_label
        for model in models
        for table in (model, *(field.remote_field.through for field in model._meta.local_many_to_many))
        if table is not None
    }
    migrated = schema(bench.connection)
    with bench.switched_to(bench.clone("ideal")):
        _make_anew(bench.connection, models, owners)
        ideal = schema(bench.connection)
    context.log.add(
        SchemaDrifted(
            database=context.database,
            differences=tuple(
                _told(difference, migrated)
                for difference in compare_schemas(ideal, migrated)
                if difference.kind in COMPARED_KINDS
                and difference.change != "renamed"
                and owners.get(difference.table or difference.name) not in drifted
                and not _virtual(difference.table or difference.name, migrated)
            ),
            apps=owners,
            first_party=context.part.first_party,
        )
    )


def _virtual(table: str, migrated: Schema) -> bool:
    return ("table", table) in migrated and migrated["table", table].attributes.get("kind") == "virtual"


def _told(difference: Difference, migrated: Schema) -> Difference:
    """Mark an extra column that every insert has to fill, which the models cannot do."""
    if difference.kind != "column" or difference.change != "extra":
        return difference
    attributes = migrated[difference.kind, difference.name].attributes
    filled = any(attributes.get(name) for name in ("default", "identity", "generated"))
    if attributes.get("not null") and not filled:
        return msgspec.structs.replace(difference, attribute="required")
    return difference


def _make_anew(
    connection: BaseDatabaseWrapper, models: Sequence[type[Model]], tables: Collection[str]
) -> None:
    """Drop ``tables`` and make those of ``models`` as Django would make them today."""
    existing = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for table in tables:
            if table in existing:
                editor.execute(editor.sql_delete_table % {"table": editor.quote_name(table)})
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)
