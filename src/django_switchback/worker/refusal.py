"""Why a project cannot be loaded, in one sentence that says where."""

from __future__ import annotations

import traceback
from pathlib import Path

from django.db.migrations.exceptions import CircularDependencyError

from django_switchback.evidence import ProjectRefused
from django_switchback.worker.failure import failure_of
from django_switchback.worker.protocol import Job


def refusal(error: BaseException, job: Job) -> ProjectRefused:
    """Return what is to be said of ``error``, which the project raised while it was loaded."""
    failure = failure_of(error)
    # What a syntax error says of itself ends with where it is.
    said = error.msg if isinstance(error, SyntaxError) else failure.message
    return ProjectRefused(reason=_reason(error, job, f"{failure.type}: {said}"), failure=failure)


def _reason(error: BaseException, job: Job, said: str) -> str:
    if isinstance(error, CircularDependencyError):
        return f"its migrations depend on each other in a circle: {error}"
    if isinstance(error, ModuleNotFoundError) and error.name in _packages(job.settings):
        return f"there is no settings module {job.settings!r} ({error}): name one by --settings"
    where = _where(error, Path(job.project).resolve())
    return f"{where}: {said}" if where else said


def _packages(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts) + 1)}


def _where(error: BaseException, root: Path) -> str | None:
    """Return the last place in the project's own files that ``error`` came through."""
    if isinstance(error, SyntaxError) and error.filename:
        return _place(Path(error.filename), error.lineno, root)
    places = (
        _place(Path(frame.filename), frame.lineno, root)
        for frame in reversed(traceback.extract_tb(error.__traceback__))
    )
    return next((place for place in places if place is not None), None)


def _place(file: Path, line: int | None, root: Path) -> str | None:
    # What Python has built in names files that there are not.
    file = file.resolve()
    if not file.is_file() or not file.is_relative_to(root) or "site-packages" in file.parts:
        return None
    return f"{file.relative_to(root)}, line {line}"
