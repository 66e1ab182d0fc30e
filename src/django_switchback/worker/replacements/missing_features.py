"""What a failure has to do with a setting that a rehearsal replaces."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from django_switchback.worker.replacements.settings import FILES_VARIABLE, OriginalBackend, folder_of


class MissingFeature(Exception):
    """The project's own backend has something that what stands for it in a rehearsal lacks."""

    def __init__(self, setting: str, backend: str, lack: str) -> None:
        super().__init__(
            f"{setting} is replaced in a rehearsal by a backend that has no {lack}, as {backend} has"
        )
        self.setting = setting


class MissingAttribute(MissingFeature, AttributeError):
    """An attribute, asked for as of any object: who asks first whether it is there gets an answer."""

    def __init__(self, setting: str, backend: str, name: str) -> None:
        super().__init__(setting, backend, repr(name))


class MissingArgument(MissingFeature, TypeError):
    """An argument of a method."""

    def __init__(self, setting: str, backend: str, method: str, said: str) -> None:
        super().__init__(setting, backend, f"such argument of {method!r} ({said})")


def replaced_setting(error: BaseException) -> str:
    """Return the replaced setting for whose sake ``error`` was raised, or nothing."""
    originals: tuple[OriginalBackend, ...] = (
        getattr(settings, "SWITCHBACK_REPLACED", ()) if settings.configured else ()
    )
    for exception in _chain(error):
        if isinstance(exception, MissingFeature):
            return exception.setting
        if isinstance(exception, FileNotFoundError) and isinstance(exception.filename, str):
            found = _missing_file(exception.filename, originals)
            if found:
                return found
    return _refused_by_its_package(error, originals)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__


def _missing_file(name: str, originals: tuple[OriginalBackend, ...]) -> str:
    """Return the setting in whose folder the file would be, if the project's own folder has it.

    Where the project keeps its files is no folder, nobody knows, and it may have it.
    """
    folder = os.environ.get(FILES_VARIABLE, "")
    for original in originals:
        place = folder_of(Path(folder), original.setting)
        if Path(name).is_relative_to(place):
            there = (
                original.location is None or Path(original.location, Path(name).relative_to(place)).exists()
            )
            return original.setting if there else ""
    return ""


def _refused_by_its_package(error: BaseException, originals: tuple[OriginalBackend, ...]) -> str:
    """Return the setting whose backend's own package raised ``error`` itself.

    ``django_redis.get_redis_connection`` asks whether a cache is one of its own, and refuses any other.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__", "") if trace is not None else ""
    for original in originals:
        backend = original.backend.rpartition(".")[0]
        if not original.backend.startswith("django.") and f"{backend}.".startswith(f"{module}."):
            return original.setting
    return ""
