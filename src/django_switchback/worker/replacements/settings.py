"""Replaces the settings of files, mail and caches by a folder and the memory of the run.

Files, messages and cache entries of a rehearsal must not reach the project's real services. Django's own
backends are kept where they can be redirected; all others are replaced by a class of ``backends.py``, which
knows the setting it replaces.
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
"""Number of entries of a cache without a limit of its own, as for Redis and Memcached."""

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
"""Django's default for ``STORAGES`` (django/conf/global_settings.py)."""
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
_FILE_MAIL = "django.core.mail.backends.filebased.EmailBackend"
_MEMORY_MAIL = "django.core.mail.backends.locmem.EmailBackend"


class OriginalBackend(NamedTuple):
    """The project's own backend for a replaced setting, and its folder if it has one."""

    setting: str
    backend: str = ""
    location: str | None = None


def replace_settings(values: Mapping[str, Any], folder: Path, kept: Collection[str]) -> dict[str, Any]:
    """Return the replacements for the settings in ``values``, except for the families in ``kept``.

    ``folder`` is a folder of the run, in which subfolders are created. ``SWITCHBACK_REPLACED`` has the
    :class:`OriginalBackend` of each replaced setting.
    """
    replaced: dict[str, Any] = {}
    originals: list[OriginalBackend] = []
    families = {"storage": _storage, "mail": _mail, "caches": _caches}
    for family, replace in families.items():
        if family not in kept:
            settings, backends = replace(values, folder)
            replaced |= settings
            originals += backends
    return replaced | {"SWITCHBACK_REPLACED": tuple(originals)}


def replacement_environment(folder: Path, kept: Collection[Keep]) -> dict[str, str]:
    """Return the environment variables that pass the replacement options to child processes."""
    return {FILES_VARIABLE: str(folder), KEPT_VARIABLE: ",".join(kept)}


def read_replacement_environment(environ: Mapping[str, str]) -> tuple[Path, tuple[str, ...]]:
    """Read the options from :func:`replacement_environment`."""
    return Path(environ[FILES_VARIABLE]), tuple(environ[KEPT_VARIABLE].split(","))


def folder_of(folder: Path, setting: str) -> Path:
    """Return the folder that replaces ``setting``."""
    return folder / "".join(letter if letter.isalnum() else "_" for letter in setting)


_Replaced = tuple[dict[str, Any], list[OriginalBackend]]


def _storage(values: Mapping[str, Any], folder: Path) -> _Replaced:
    settings: dict[str, Any] = {}
    originals = []
    for setting in ("MEDIA_ROOT", "STATIC_ROOT", "FILE_UPLOAD_TEMP_DIR"):
        original = values.get(setting)
        # Without STATIC_ROOT Django writes no static files; without an upload folder it uses the system's.
        if original or setting == "MEDIA_ROOT":
            settings[setting] = _in_same_form(original, _make_folder(folder, setting))
            originals.append(OriginalBackend(setting, location=os.path.abspath(original or "")))
    storages = {}
    for alias, definition in (values.get("STORAGES") or _STORAGES).items():
        storages[alias], original = _replace_storage(alias, definition, folder)
        originals += original
    return settings | {"STORAGES": storages}, originals


def _replace_storage(alias: str, definition: Any, folder: Path) -> tuple[Any, list[OriginalBackend]]:
    if not isinstance(definition, Mapping):
        return definition, []
    backend, options = definition.get("BACKEND", ""), dict(definition.get("OPTIONS") or {})
    location = options.get("location")
    if backend in _IN_MEMORY or (backend in _FILE_SYSTEMS and location is None):
        return definition, []
    setting = f"STORAGES[{alias!r}]"
    path = _in_same_form(location, _make_folder(folder, setting))
    original = OriginalBackend(setting, backend, None if location is None else os.path.abspath(location))
    if backend in _FILE_SYSTEMS:
        return {**definition, "OPTIONS": {**options, "location": path}}, [original]
    replacement_options = {"setting": setting, "backend": backend, "location": path, "options": options}
    return {"BACKEND": f"{BACKENDS_MODULE}.storage", "OPTIONS": replacement_options}, [original]


def _make_folder(folder: Path, setting: str) -> Path:
    path = folder_of(folder, setting)
    path.mkdir(parents=True, exist_ok=True)
    return path


def _in_same_form(original: object, path: Path) -> Path | str:
    """Return ``path`` in the form of ``original``: a ``Path``, or a string with the same ending."""
    if isinstance(original, Path):
        return path
    return f"{path}/" if isinstance(original, str) and original.endswith("/") else str(path)


def _caches(values: Mapping[str, Any], folder: Path) -> _Replaced:
    caches: dict[str, Any] = {}
    originals = []
    names: dict[str, str] = {}
    for alias, definition in (values.get("CACHES") or {}).items():
        backend = definition.get("BACKEND", "") if isinstance(definition, Mapping) else None
        if backend is None or backend in _LOCAL_CACHES:
            caches[alias] = definition
            continue
        original = OriginalBackend(f"CACHES[{alias!r}]", backend)
        # Two aliases of the same location share their entries.
        name = names.setdefault(repr((backend, definition.get("LOCATION"))), alias)
        caches[alias] = _replace_cache(definition, original, name)
        originals.append(original)
    return ({"CACHES": caches} if caches else {}), originals


def _replace_cache(definition: Mapping[str, Any], original: OriginalBackend, name: str) -> dict[str, Any]:
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
    # Since Django 6.1, where a project may not define the older settings.
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
    return _MEMORY_MAIL if backend == _FILE_MAIL else f"{BACKENDS_MODULE}.MemoryMail"


def _mail_original(setting: str, backend: str) -> list[OriginalBackend]:
    return [] if backend in _LOCAL_MAIL else [OriginalBackend(setting, backend)]
