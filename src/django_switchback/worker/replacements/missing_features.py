"""Attributes a failure to a setting that the rehearsal replaces."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from django_switchback.worker.replacements.settings import FILES_VARIABLE, OriginalBackend, folder_of


class MissingFeature(Exception):
    """The project's own backend has a feature that its replacement lacks."""

    def __init__(self, setting: str, backend: str, feature: str) -> None:
        super().__init__(
            f"{setting} is replaced in a rehearsal by a backend without {feature}, which {backend} has"
        )
        self.setting = setting


class MissingAttribute(MissingFeature, AttributeError):
    """An attribute; also an ``AttributeError``, so that ``hasattr`` works."""

    def __init__(self, setting: str, backend: str, name: str) -> None:
        super().__init__(setting, backend, repr(name))


class MissingArgument(MissingFeature, TypeError):
    """An argument of a method."""

    def __init__(self, setting: str, backend: str, method: str, message: str) -> None:
        super().__init__(setting, backend, f"this argument of {method!r} ({message})")


def replaced_setting(error: BaseException) -> str:
    """Return the replaced setting that caused ``error``, or an empty string."""
    originals: tuple[OriginalBackend, ...] = (
        getattr(settings, "SWITCHBACK_REPLACED", ()) if settings.configured else ()
    )
    for exception in _cause_chain(error):
        if isinstance(exception, MissingFeature):
            return exception.setting
        if isinstance(exception, FileNotFoundError) and isinstance(exception.filename, str):
            setting = _setting_of_missing_file(exception.filename, originals)
            if setting:
                return setting
    return _setting_of_raising_package(error, originals)


def _cause_chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _setting_of_missing_file(name: str, originals: tuple[OriginalBackend, ...]) -> str:
    """Return the setting in whose folder the file would be, if the project's own folder has it.

    True for a project without a folder for that setting too: its storage may have the file.
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


def _setting_of_raising_package(error: BaseException, originals: tuple[OriginalBackend, ...]) -> str:
    """Return the setting whose backend's package raised ``error``.

    ``django_redis.get_redis_connection`` checks whether a cache is its own and raises otherwise.
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
