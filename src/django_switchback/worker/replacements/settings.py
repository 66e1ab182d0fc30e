"""The settings of files, mail and caches, replaced by a folder and the memory of the run.

What a migration stores, sends or caches in a rehearsal must not reach what the project really uses. Backends
of Django's own that can be pointed elsewhere stay as they are; every other one is replaced by a class of
``stand_ins.py``, which knows the setting that it stands for.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from django_switchback.evidence import Keep

BACKENDS_MODULE = "django_switchback.worker.replacements.backends"
FILES_VARIABLE = "SWITCHBACK_FILES"
KEPT_VARIABLE = "SWITCHBACK_KEPT"
MAX_CACHE_ENTRIES = 100_000
"""Entries of a cache that names no limit of its own, as Redis and Memcached do."""

_FILE_SYSTEM = "django.core.files.storage.FileSystemStorage"
_FILE_SYSTEMS = {
    _FILE_SYSTEM,
    "django.core.files.storage.filesystem.FileSystemStorage",
    "django.contrib.staticfiles.storage.StaticFilesStorage",
}
_IN_MEMORY = {
    "django.core.files.storage.InMemoryStorage",
    "django.core.files.storage.memory.InMemoryStorage",
}
_STORAGES = {
    "default": {"BACKEND": _FILE_SYSTEM},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
"""What ``STORAGES`` is where a project names none (django/conf/global_settings.py)."""
_LOCAL_CACHES = {
    "django.core.cache.backends.locmem.LocMemCache",
    "django.core.cache.backends.dummy.DummyCache",
    # It writes to the alias's database, which is a sandbox.
    "django.core.cache.backends.db.DatabaseCache",
}
_CACHE_KEYS = ("KEY_PREFIX", "VERSION", "TIMEOUT", "KEY_FUNCTION")
SMTP = "django.core.mail.backends.smtp.EmailBackend"
_LOCAL_MAIL = {
    "django.core.mail.backends.locmem.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
    "django.core.mail.backends.console.EmailBackend",
}
_FILED_MAIL = "django.core.mail.backends.filebased.EmailBackend"
_MEMORY_MAIL = "django.core.mail.backends.locmem.EmailBackend"


class OriginalBackend(NamedTuple):
    """What the project has for a setting that was replaced: its backend, and its folder where it has one."""

    setting: str
    backend: str = ""
    location: str | None = None


def replace_settings(values: Mapping[str, Any], folder: Path, kept: Collection[str]) -> dict[str, Any]:
    """Return the settings that replace those of ``values``, but for the families that are ``kept``.

    ``folder`` is one of the run's own; folders are made in it. ``SWITCHBACK_REPLACED`` holds the
    :class:`OriginalBackend` of each.
    """
    found: dict[str, Any] = {}
    originals: list[OriginalBackend] = []
    families = {"storage": _storage, "mail": _mail, "caches": _caches}
    for family, replace in families.items():
        if family not in kept:
            settings, those = replace(values, folder)
            found |= settings
            originals += those
    return found | {"SWITCHBACK_REPLACED": tuple(originals)}


def replacement_environment(folder: Path, kept: Collection[Keep]) -> dict[str, str]:
    """Return the variables that tell each process of the project what to replace."""
    return {FILES_VARIABLE: str(folder), KEPT_VARIABLE: ",".join(kept)}


def read_replacement_environment(environ: Mapping[str, str]) -> tuple[Path, tuple[str, ...]]:
    """Return what :func:`replacement_environment` says."""
    return Path(environ[FILES_VARIABLE]), tuple(environ[KEPT_VARIABLE].split(","))


def folder_of(folder: Path, setting: str) -> Path:
    """Return the folder that stands for ``setting``."""
    return folder / "".join(letter if letter.isalnum() else "_" for letter in setting)


_Replaced = tuple[dict[str, Any], list[OriginalBackend]]


def _storage(values: Mapping[str, Any], folder: Path) -> _Replaced:
    found: dict[str, Any] = {}
    originals = []
    for setting in ("MEDIA_ROOT", "STATIC_ROOT", "FILE_UPLOAD_TEMP_DIR"):
        original = values.get(setting)
        # Without a folder for static files Django writes none; that for uploads is the system's then.
        if original or setting == "MEDIA_ROOT":
            found[setting] = _like(original, _made(folder, setting))
            originals.append(OriginalBackend(setting, location=os.path.abspath(original or "")))  # noqa: PTH100
    storages = {}
    for alias, definition in (values.get("STORAGES") or _STORAGES).items():
        storages[alias], original = _one_storage(alias, definition, folder)
        originals += original
    return found | {"STORAGES": storages}, originals


def _one_storage(alias: str, definition: Any, folder: Path) -> tuple[Any, list[OriginalBackend]]:
    if not isinstance(definition, Mapping):
        return definition, []
    backend, options = definition.get("BACKEND", ""), dict(definition.get("OPTIONS") or {})
    location = options.get("location")
    if backend in _IN_MEMORY or (backend in _FILE_SYSTEMS and location is None):
        return definition, []
    setting = f"STORAGES[{alias!r}]"
    place = _like(location, _made(folder, setting))
    original = OriginalBackend(setting, backend, None if location is None else os.path.abspath(location))  # noqa: PTH100
    if backend in _FILE_SYSTEMS:
        return {**definition, "OPTIONS": {**options, "location": place}}, [original]
    stood_for = {"setting": setting, "backend": backend, "location": place, "options": options}
    return {"BACKEND": f"{BACKENDS_MODULE}.storage", "OPTIONS": stood_for}, [original]


def _made(folder: Path, setting: str) -> Path:
    place = folder_of(folder, setting)
    place.mkdir(parents=True, exist_ok=True)
    return place


def _like(original: object, place: Path) -> Path | str:
    """Return ``place`` as the project spells its own: as a path, or as a text with the same end."""
    if isinstance(original, Path):
        return place
    return f"{place}/" if isinstance(original, str) and original.endswith("/") else str(place)


def _caches(values: Mapping[str, Any], folder: Path) -> _Replaced:
    found: dict[str, Any] = {}
    originals = []
    names: dict[str, str] = {}
    for alias, definition in (values.get("CACHES") or {}).items():
        backend = definition.get("BACKEND", "") if isinstance(definition, Mapping) else None
        if backend is None or backend in _LOCAL_CACHES:
            found[alias] = definition
            continue
        original = OriginalBackend(f"CACHES[{alias!r}]", backend)
        # Two aliases of one place see what the other has put there.
        name = names.setdefault(repr((backend, definition.get("LOCATION"))), alias)
        found[alias] = _one_cache(definition, original, name)
        originals.append(original)
    return ({"CACHES": found} if found else {}), originals


def _one_cache(definition: Mapping[str, Any], original: OriginalBackend, name: str) -> dict[str, Any]:
    options = definition.get("OPTIONS") or {}
    limit = definition.get("MAX_ENTRIES", options.get("MAX_ENTRIES", MAX_CACHE_ENTRIES))
    return {
        **{key: definition[key] for key in _CACHE_KEYS if key in definition},
        "BACKEND": f"{BACKENDS_MODULE}.MemoryCache",
        "LOCATION": f"switchback:{name}",
        "OPTIONS": {"MAX_ENTRIES": limit},
        "SWITCHBACK_STANDS_FOR": original,
    }


def _mail(values: Mapping[str, Any], folder: Path) -> _Replaced:
    # Since Django 6.1; a project that has it may have none of the settings before it.
    if "MAILERS" not in values:
        backend = values.get("EMAIL_BACKEND", SMTP)
        return ({"EMAIL_BACKEND": _mail_of(backend)}, _mail_original("EMAIL_BACKEND", backend))
    mailers = dict(values["MAILERS"])
    originals = []
    for alias, definition in mailers.items():
        backend = definition.get("BACKEND", SMTP)
        if backend not in _LOCAL_MAIL:
            mailers[alias] = {"BACKEND": _mail_of(backend)}
            originals += _mail_original(f"MAILERS[{alias!r}]", backend)
    return {"MAILERS": mailers}, originals


def _mail_of(backend: str) -> str:
    if backend in _LOCAL_MAIL:
        return backend
    # NOTE: both are backends that ``check --deploy`` objects to (django/core/checks/mail.py).
    return _MEMORY_MAIL if backend == _FILED_MAIL else f"{BACKENDS_MODULE}.MemoryMail"


def _mail_original(setting: str, backend: str) -> list[OriginalBackend]:
    return [] if backend in _LOCAL_MAIL else [OriginalBackend(setting, backend)]
