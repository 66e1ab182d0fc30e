"""Why a project cannot be loaded, in one sentence that says where."""

from __future__ import annotations

import traceback
from pathlib import Path

from django.db import InterfaceError, OperationalError
from django.db.migrations.exceptions import CircularDependencyError

from django_switchback.evidence import ProjectRefused
from django_switchback.sandbox.interface import ForeignDatabase, SandboxError
from django_switchback.worker.failure import failure_of
from django_switchback.worker.guard.required_database import RequiresOwnDatabase, place_of, required_database
from django_switchback.worker.protocol import Job


def load_error(error: BaseException, job: Job) -> ProjectRefused:
    """Return what is to be said of ``error``, which the project raised while it was loaded."""
    failure = failure_of(error)
    insists = required_database(error, Path(job.project).resolve())
    if insists is not None:
        error = RequiresOwnDatabase(*insists)
    if isinstance(error, RequiresOwnDatabase):
        return ProjectRefused(reason=str(error), failure=failure)
    if _is_the_servers(error, job):
        return ProjectRefused(reason=failure.message, failure=failure, server=True)
    # What a syntax error says of itself ends with where it is.
    said = error.msg if isinstance(error, SyntaxError) else failure.message
    return ProjectRefused(reason=_reason(error, job, f"{failure.type}: {said}"), failure=failure)


def _is_the_servers(error: BaseException, job: Job) -> bool:
    """Tell whether the server is at fault: it made no sandbox, or lost the connection to one."""
    if isinstance(error, SandboxError):
        return not isinstance(error, ForeignDatabase)
    # NOTE: on SQLite a missing table is one, too; on PostgreSQL it is what no statement is to blame for.
    # https://www.psycopg.org/psycopg3/docs/api/errors.html
    return job.factory.engine == "postgresql" and isinstance(error, (OperationalError, InterfaceError))


def half_loaded(error: BaseException) -> dict[str, object]:
    """Return the settings in modules that ``error`` came through: Python forgets one that raises."""
    return {
        name: value
        for frame, _ in traceback.walk_tb(error.__traceback__)
        for name, value in frame.f_globals.items()
        if name.isupper()
    }


def _reason(error: BaseException, job: Job, said: str) -> str:
    if isinstance(error, CircularDependencyError):
        return f"its migrations depend on each other in a circle: {error}"
    if isinstance(error, ModuleNotFoundError) and error.name in _packages(job.settings):
        return f"there is no settings module {job.settings!r} ({error}): name one by --settings"
    where = place_of(error, Path(job.project).resolve())
    return f"{where}: {said}" if where else said


def _packages(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
