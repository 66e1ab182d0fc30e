"""Checks a project at head: its system checks, and the drift of models, migrations and database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import msgspec
from django.apps import apps as global_apps
from django.core.management import get_commands, load_command_class
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.models import Model

from django_switchback.evidence import (
    Difference,
    ModelsDrifted,
    SchemaDrifted,
    SystemChecked,
)
from django_switchback.worker.cycle.context import PartContext
from django_switchback.worker.manage.makemigrations import check_for_changes
from django_switchback.worker.manage.system_checks import check_messages
from django_switchback.worker.migrate import whole_migrate
from django_switchback.worker.migrate.signals.receivers import SIGNALS, own_receivers
from django_switchback.worker.snapshot.compare_schemas import compare_schemas
from django_switchback.worker.snapshot.interface import Schema
from django_switchback.worker.snapshot.reading import schema
from django_switchback.worker.table_names import present_tables, snapshot_names

COMPARED_KINDS = {"table", "column", "constraint", "index"}


def system_checks(context: PartContext, root: Path) -> None:
    """Record the messages of ``check``, and those that only ``check --deploy`` adds."""
    plain = check_messages(root, deploy=False)
    deploy = [message for message in check_messages(root, deploy=True) if message not in plain]
    for messages, only_deploy in ((plain, False), (deploy, True)):
        for message in messages:
            context.add_once(
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
    """Record the changes that the project's ``makemigrations`` would write; return the apps concerned."""
    loader = context.migrator.loader
    command: Any = load_command_class(get_commands()["makemigrations"], "makemigrations")
    detector = command.autodetector(
        loader.project_state(),
        ProjectState.from_apps(global_apps),
        # The base class never prompts: other questioners print, or end the process.
        MigrationQuestioner(specified_apps=set(), dry_run=True),
    )
    changes = detector.changes(graph=loader.graph)
    drifted = set()
    for app, migrations in sorted(changes.items()):
        check = check_for_changes(app, timeout=context.confirmer.timeout)
        if check.found_changes is False:
            continue
        drifted.add(app)
        detected = [
            operation.formatted_description()
            for migration in migrations
            for operation in migration.operations
        ]
        # The project's own command may ignore some changes, but not all: it prints those that it would write.
        written = [description for description in detected if description in check.printed]
        context.add_once(
            ModelsDrifted(
                database=context.database,
                app=app,
                first_party=app in context.part.first_party,
                operations=tuple(written or detected),
                check_stopped_after=check.limit if check.found_changes is None else None,
            )
        )
    return drifted


def schema_drift(context: PartContext, drifted: set[str]) -> None:
    """Compare the migrated schema with the schema that Django creates from the current models.

    The second schema is made on a clone of the first by recreating Django's tables, so that extensions, types
    and functions created by migrations exist. Names that Django derives depend on history and are ignored.
    Tables of the apps in ``drifted`` are left out, as their drift is recorded already. So are virtual tables,
    whose columns are defined by an SQLite module.
    """
    sandboxes = context.sandboxes
    # Models rendered from a state, as in migrations: with real models, an app's default_auto_field would
    # change the key type of many-to-many tables.
    models = [
        model
        for model in ProjectState.from_apps(global_apps).apps.get_models()
        if model._meta.app_label in context.migrator.loader.migrated_apps
        and model._meta.can_migrate(sandboxes.connection)
        and router.allow_migrate_model(sandboxes.alias, model)
    ]
    tables = {
        table._meta.db_table: table._meta.app_label
        for model in models
        for table in (model, *(field.remote_field.through for field in model._meta.local_many_to_many))
        if table is not None
    }
    names = snapshot_names(sandboxes.connection, tables)
    owners = {names[table]: app for table, app in tables.items()}
    migrated = schema(sandboxes.connection)
    with sandboxes.switched_to(sandboxes.clone("ideal")):
        _recreate_tables(sandboxes.connection, models, tables)
        if any(map(own_receivers, SIGNALS)):
            # What receivers create at every migrate is not drift.
            whole_migrate.send_signals(context.migrator, context.migrator.loader.project_state(), ())
        expected = schema(sandboxes.connection)
    context.add_once(
        SchemaDrifted(
            database=context.database,
            differences=tuple(
                _mark_required(difference, migrated)
                for difference in compare_schemas(expected, migrated)
                if difference.kind in COMPARED_KINDS
                and difference.change != "renamed"
                # The search path finds the table where it is.
                and (difference.kind, difference.attribute) != ("table", "schema")
                and owners.get(difference.table or difference.name) not in drifted
                and not _virtual(difference.table or difference.name, migrated)
            ),
            apps=owners,
            first_party=context.part.first_party,
        )
    )


def _virtual(table: str, migrated: Schema) -> bool:
    return ("table", table) in migrated and migrated["table", table].attributes.get("kind") == "virtual"


def _mark_required(difference: Difference, migrated: Schema) -> Difference:
    """Mark an extra column as required if it is NOT NULL without default: the models cannot fill it."""
    if difference.kind != "column" or difference.change != "extra":
        return difference
    attributes = migrated[difference.kind, difference.name].attributes
    has_default = any(attributes.get(name) for name in ("default", "identity", "generated"))
    if attributes.get("not null") and not has_default:
        return msgspec.structs.replace(difference, attribute="required")
    return difference


def _recreate_tables(
    connection: BaseDatabaseWrapper, models: Sequence[type[Model]], tables: Collection[str]
) -> None:
    """Drop ``tables`` and create those of ``models`` with Django's schema editor."""
    with connection.schema_editor() as editor:
        for table in present_tables(connection, tables):
            editor.execute(editor.sql_delete_table % {"table": editor.quote_name(table)})
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)
