"""Backends for files, mail and caches that keep all data within the run.

Each knows the setting it replaces. Using a feature that only the project's own backend has raises an
exception that names that setting, with the class that Python would raise otherwise.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from types import CodeType
from typing import Any

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.core.files.storage import FileSystemStorage, Storage
from django.core.mail.backends.locmem import EmailBackend
from django.utils.module_loading import import_string

from django_switchback.worker.replacements.missing_features import MissingArgument, MissingAttribute
from django_switchback.worker.replacements.settings import SMTP, OriginalBackend

_FILE_OPTIONS = ("base_url", "file_permissions_mode", "directory_permissions_mode", "allow_overwrite")


class Replacement:
    """Distinguishes attributes that only the project's own backend has from missing attributes."""

    def __getattr__(self, name: str) -> Any:
        """Raise :class:`MissingAttribute` if the original backend has ``name``, else ``AttributeError``."""
        original: OriginalBackend | None = self.__dict__.get("_original")
        if original is not None and not name.startswith("__") and has(original.backend, name):
            raise MissingAttribute(original.setting, original.backend, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)


class MemoryCache(Replacement, LocMemCache):
    """A cache in the memory of the process."""

    def __init__(self, name: str, params: Mapping[str, Any]) -> None:
        super().__init__(name, {key: value for key, value in params.items() if key.isupper()})
        self._original = OriginalBackend(*params["SWITCHBACK_STANDS_FOR"])


class MemoryMail(Replacement, EmailBackend):
    """Stores messages in ``django.core.mail.outbox``."""

    def __init__(self, *args: Any, alias: str | None = None, **options: Any) -> None:
        if alias is not None:
            options["alias"] = alias
        super().__init__(*args, **options)
        setting = "EMAIL_BACKEND" if alias is None else f"MAILERS[{alias!r}]"
        replaced: tuple[OriginalBackend, ...] = settings.SWITCHBACK_REPLACED
        self._original = next(
            (backend for backend in replaced if backend.setting == setting), OriginalBackend(setting, SMTP)
        )


class FolderStorage(Replacement, FileSystemStorage):
    """Stores files in a folder of the run, for a storage that uses a folder too."""

    def __init__(self, original: OriginalBackend, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._original = original


class InMemoryObjects(Replacement, Storage):
    """Stores files in a folder of the run, for a storage without folder and therefore without ``path()``."""

    def __init__(self, original: OriginalBackend, files: FileSystemStorage) -> None:
        self._original = original
        self._files = files

    def _open(self, name: str, mode: str = "rb") -> Any:
        return self._files.open(name, mode)

    def _save(self, name: str, content: Any) -> str:
        saved: str = self._files._save(name, content)  # type: ignore[attr-defined]  # not in the stubs
        return saved


def _delegate(name: str) -> Callable[..., Any]:
    @functools.wraps(getattr(FileSystemStorage, name))
    def method(self: InMemoryObjects, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._files, name)(*args, **kwargs)

    return method


for _name in ("delete", "exists", "listdir", "size", "url"):
    setattr(InMemoryObjects, _name, _delegate(_name))
for _name in ("get_accessed_time", "get_created_time", "get_modified_time"):
    setattr(InMemoryObjects, _name, _delegate(_name))


def storage(setting: str, backend: str, location: str, options: Mapping[str, Any]) -> Storage:
    """Return a storage that replaces that of ``setting`` and keeps its files in the folder ``location``."""
    original = OriginalBackend(setting, backend)
    file_options = {name: options[name] for name in _FILE_OPTIONS if name in options}
    if setting == "STORAGES['staticfiles']":
        file_options.setdefault("base_url", settings.STATIC_URL)
    backend_class = _import_backend(backend)
    if backend_class is None or issubclass(backend_class, FileSystemStorage):
        return FolderStorage(original, location=location, **file_options)
    return InMemoryObjects(original, FileSystemStorage(location=location, **file_options))


def _import_backend(backend: str) -> type | None:
    try:
        backend_class = import_string(backend)
    # The project's own backend may raise anything while it is imported.
    except Exception:
        return None
    return backend_class if isinstance(backend_class, type) else None


@functools.cache
def has(backend: str, name: str) -> bool:
    """Return whether instances of ``backend`` may have an attribute ``name``, without creating an instance.

    True if the backend cannot be imported.
    """
    backend_class = _import_backend(backend)
    return backend_class is None or hasattr(backend_class, name) or name in _names_in_methods(backend_class)


@functools.cache
def _names_in_methods(backend: type) -> frozenset[str]:
    """Return every name and string in the methods of ``backend``: attributes they may set on an instance."""
    functions = (
        found for base in backend.__mro__ for found in vars(base).values() if inspect.isfunction(found)
    )
    return frozenset(word for function in functions for word in _names_in_code(function.__code__))


def _names_in_code(code: object) -> Iterator[str]:
    match code:
        case str():
            yield code
        case tuple() | frozenset():
            for entry in code:
                yield from _names_in_code(entry)
        case CodeType():
            yield from code.co_names
            yield from _names_in_code(code.co_consts)


def _with_argument_check(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``method``, raising :class:`MissingArgument` for arguments that only the original accepts."""
    signature = inspect.signature(method)

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            signature.bind(self, *args, **kwargs)
        except TypeError as error:
            original: OriginalBackend = self._original
            if _accepts(original.backend, name, args, kwargs):
                raise MissingArgument(original.setting, original.backend, name, str(error)) from error
        return method(self, *args, **kwargs)

    return call


def _accepts(backend: str, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    backend_class = _import_backend(backend)
    if backend_class is None:
        return True
    try:
        inspect.signature(getattr(backend_class, name)).bind(backend_class, *args, **kwargs)
    except (TypeError, ValueError, AttributeError):
        return False
    return True


for _class in (MemoryCache, MemoryMail, FolderStorage, InMemoryObjects):
    for _name, _method in inspect.getmembers(_class, inspect.isfunction):
        if not _name.startswith("_"):
            setattr(_class, _name, _with_argument_check(_name, _method))
