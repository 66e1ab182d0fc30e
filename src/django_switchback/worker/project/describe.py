"""Describes the project and its migration graph as evidence records."""

from __future__ import annotations

import inspect
import platform
import site
import sys
import sysconfig
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.db import connections, router
from django.db.migrations import operations as ops
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation as DjangoOperation

from django_switchback.evidence import MigrationFact, MigrationName, Operation, ProjectDescribed
from django_switchback.worker.failure import description_of
from django_switchback.worker.project.engines import vendor_of
from django_switchback.worker.project.program import package_of_program
from django_switchback.worker.project.table_history import table_history
from django_switchback.worker.protocol import WorkerConfig

DUMMY = "django.db.backends.dummy"
DESTRUCTIVE = (ops.RemoveField, ops.DeleteModel)


def describe(alias: str, loader: MigrationLoader, config: WorkerConfig) -> ProjectDescribed:
    """Return the migrations of ``loader`` in the order in which Django applies them to an empty database."""
    conflicts = loader.detect_conflicts()
    plan = full_plan(loader)
    root = Path(config.project)
    own = {key for key in plan if _first_party(key[0], _path(loader, key), root)}
    package = ""
    if config.program is not None and not own and (package := package_of_program(config.program)):
        # Wherever it is installed.
        own = {key for key in plan if apps.get_app_config(key[0]).name.partition(".")[0] == package}
    engine = str(settings.SWITCHBACK_ENGINES.get(alias, ""))
    return ProjectDescribed(
        alias=alias,
        aliases=tuple(
            connection
            for connection in connections
            if not connections.settings[connection]["TEST"].get("MIRROR")
        ),
        vendor=connections[alias].vendor,
        django=django.get_version(),
        python=platform.python_version(),
        migrations=tuple(_fact(loader, key, alias, root, first_party=key in own) for key in plan),
        conflicts={app: tuple(sorted(names)) for app, names in sorted(conflicts.items())},
        unmigrated=tuple(sorted(loader.unmigrated_apps)),
        own_engine="" if engine == DUMMY else engine,
        own_vendor=vendor_of(engine) if engine else "",
        schemas_by=_provider("migrate_schemas"),
        settings=config.settings,
        program=config.program.typed if config.program else (),
        package=package if own else "",
        tables=table_history(
            (loader.graph.nodes[key] for key in plan), apps.get_models(include_auto_created=True)
        ),
    )


def _provider(command: str) -> str:
    """Return the app that provides a management command, or an empty string."""
    app = get_commands().get(command, "")
    return str(app)


def full_plan(loader: MigrationLoader) -> list[tuple[str, str]]:
    """Return all migration keys, ordered as ``MigrationExecutor.migration_plan`` on an empty database."""
    plan: dict[tuple[str, str], None] = {}
    for leaf in loader.graph.leaf_nodes():
        plan.update(dict.fromkeys(loader.graph.forwards_plan(leaf)))
    return list(plan)


def migration_identity(migration: Migration) -> MigrationName:
    """Return app label and name of ``migration``."""
    return MigrationName(app=migration.app_label, name=migration.name)


def _fact(
    loader: MigrationLoader, key: tuple[str, str], alias: str, root: Path, *, first_party: bool
) -> MigrationFact:
    migration = loader.graph.nodes[key]
    path = _path(loader, key)
    return MigrationFact(
        id=migration_identity(migration),
        path=str(path.relative_to(root)) if path.is_relative_to(root) else str(path),
        first_party=first_party,
        allowed=router.allow_migrate(alias, key[0]),
        dependencies=parents(loader.graph, key),
        replaces=tuple(MigrationName(app=app, name=name) for app, name in migration.replaces),
        atomic=migration.atomic,
        docstring=_docstring(migration),
        operations=tuple(map(_operation, migration.operations)),
        line=_class_line(path, type(migration).__name__) if first_party else 0,
    )


def _path(loader: MigrationLoader, key: tuple[str, str]) -> Path:
    return Path(inspect.getfile(type(loader.graph.nodes[key])))


def _class_line(path: Path, name: str) -> int:
    """Return the line of the class ``name`` in the file at ``path``; 0 if there is none.

    Not by :mod:`inspect`, which parses each file: milliseconds for each of hundreds of migrations.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return 0
    start = f"class {name}".encode()
    return next((number for number, line in enumerate(lines, 1) if line.startswith(start)), 0)


def parents(graph: MigrationGraph, key: tuple[str, str]) -> tuple[MigrationName, ...]:
    """Return the migrations that have to be applied before ``key``."""
    found = sorted(parent.key for parent in graph.node_map[key].parents)
    return tuple(MigrationName(app=app, name=name) for app, name in found)


def _first_party(app: str, path: Path, root: Path) -> bool:
    """Return whether the migration at ``path`` is the project's own: below its root and not installed."""
    config = apps.get_app_config(app)
    if config.name.startswith("django.contrib."):
        return False
    return path.is_relative_to(root) and not any(
        path.is_relative_to(place) for place in installation_folders()
    )


def installation_folders() -> set[Path]:
    """Return the folders that installed packages and Python itself are in."""
    paths = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), sys.base_prefix, sys.prefix}
    paths.update(site.getsitepackages())
    # A prefix such as /usr may contain projects too: only its library folders count.
    return {
        Path(place).resolve() if place.endswith("packages") else Path(place, "lib").resolve()
        for place in paths
    }


def _docstring(migration: Migration) -> str:
    module = inspect.getmodule(type(migration))
    docstrings = [inspect.getdoc(module), type(migration).__doc__]
    return "\n\n".join(inspect.cleandoc(text) for text in docstrings if text and text != Migration.__doc__)


def _operation(operation: DjangoOperation) -> Operation:
    return Operation(
        kind=type(operation).__name__,
        description=description_of(operation),
        reversible=bool(operation.reversible),
        destructive=_is_destructive(operation),
        data=is_data(operation),
    )


def _is_destructive(operation: DjangoOperation) -> bool:
    """Return whether ``operation`` removes columns or tables from the database."""
    if isinstance(operation, ops.SeparateDatabaseAndState):
        return any(map(_is_destructive, operation.database_operations))
    return isinstance(operation, DESTRUCTIVE)


def is_data(operation: DjangoOperation) -> bool:
    """Return whether ``operation`` runs project code or SQL, or is of a class of the project."""
    match operation:
        case ops.SeparateDatabaseAndState():
            return any(map(is_data, operation.database_operations))
        case ops.RunPython():
            nothing = {None, ops.RunPython.noop}
            return not nothing.issuperset((operation.code, operation.reverse_code))
        case ops.RunSQL():
            return bool(operation.sql or operation.reverse_sql)
        case _:
            bases = (base for base in type(operation).__mro__ if base not in {object, DjangoOperation})
            return not any(base.__module__.startswith("django.") for base in bases)
