"""Explains in one sentence, with its location, why a project cannot be loaded."""

from __future__ import annotations

from pathlib import Path

from django.db import InterfaceError, OperationalError
from django.db.migrations.exceptions import CircularDependencyError

from django_switchback.errors import UsageError
from django_switchback.evidence import ProjectRefused
from django_switchback.sandbox.interface import NotASandbox, SandboxError
from django_switchback.worker.failure import failure_of
from django_switchback.worker.guard.required_database import (
    RequiresOwnDatabase,
    location_of,
    required_database,
)
from django_switchback.worker.project.missing_requirements import missing_requirement
from django_switchback.worker.protocol import WorkerConfig


def load_error(error: BaseException, config: WorkerConfig) -> ProjectRefused:
    """Return the record for ``error``, which the project raised while it was loaded."""
    failure = failure_of(error)
    database = required_database(error, Path(config.project).resolve())
    if database is not None:
        error = RequiresOwnDatabase(*database)
    # Its message says all that is needed, the location included.
    if isinstance(error, UsageError):
        return ProjectRefused(reason=str(error), failure=failure)
    if _is_server_failure(error, config):
        return ProjectRefused(reason=failure.message, failure=failure, server=True)
    # The text of a syntax error ends with its location.
    message = error.msg if isinstance(error, SyntaxError) else failure.message
    reason = _reason(error, config, f"{failure.type}: {message}")
    if failure.replaced:
        reason += (
            f"; a rehearsal replaces {failure.replaced}: if the project's own may be used in it, keep it by "
            f"{failure.kept_setting} in [tool.switchback] of pyproject.toml"
        )
    return ProjectRefused(reason=reason, failure=failure)


def _is_server_failure(error: BaseException, config: WorkerConfig) -> bool:
    """Return whether the database server caused ``error``: no sandbox created, or a lost connection."""
    if isinstance(error, SandboxError):
        return not isinstance(error, NotASandbox)
    # NOTE: SQLite raises OperationalError for a missing table too; on PostgreSQL no statement causes it.
    # https://www.psycopg.org/psycopg3/docs/api/errors.html
    return config.factory.engine == "postgresql" and isinstance(error, (OperationalError, InterfaceError))


def _reason(error: BaseException, config: WorkerConfig, message: str) -> str:
    if isinstance(error, CircularDependencyError):
        return f"circular dependency between its migrations: {error}"
    if isinstance(error, ModuleNotFoundError) and error.name in _packages(config.settings):
        return f"settings module {config.settings!r} not found ({error}): name one with --settings"
    root = Path(config.project).resolve()
    where = location_of(error, root)
    told = f"{where}: {message}" if where else message
    hint = missing_requirement(error, root)
    return f"{told}; {hint}" if hint else told


def _packages(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
