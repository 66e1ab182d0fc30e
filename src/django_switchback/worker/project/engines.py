"""Which kind of database a project's own ``ENGINE`` is for, also where its driver is not installed."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_DJANGO = "django.db.backends."
_GIS = "django.contrib.gis.db.backends."
_BUILT_IN = {
    f"{_DJANGO}sqlite3": "sqlite",
    f"{_DJANGO}postgresql": "postgresql",
    f"{_DJANGO}mysql": "mysql",
    f"{_DJANGO}oracle": "oracle",
    f"{_GIS}spatialite": "sqlite",
    f"{_GIS}postgis": "postgresql",
    f"{_GIS}mysql": "mysql",
    f"{_GIS}oracle": "oracle",
}
_DEEPEST = 5


def vendor_of(engine: str) -> str:
    """Return the vendor of the backend ``engine`` as Django's connections call it; empty if unknown.

    A backend that cannot be imported is read: for the vendor that it names, else for the backend it extends.
    """
    if engine in _BUILT_IN:
        return _BUILT_IN[engine]
    try:
        vendor = importlib.import_module(f"{engine}.base").DatabaseWrapper.vendor
    # A backend whose driver is not installed raises whatever its author thought of.
    except Exception:
        return _read(engine, _DEEPEST)
    return str(vendor)


def _read(engine: str, deepest: int) -> str:
    if engine in _BUILT_IN or not deepest:
        return _BUILT_IN.get(engine, "")
    tree = _source(engine)
    if tree is None:
        return ""
    own = next(_vendors(tree), "")
    return own or next(filter(None, (_read(base, deepest - 1) for base in _backends(tree, engine))), "")


def _source(engine: str) -> ast.Module | None:
    try:
        spec = find_spec(f"{engine}.base")
        return ast.parse(Path(spec.origin).read_bytes()) if spec is not None and spec.origin else None
    # Its package may raise while it is imported, and its source may be no Python.
    except Exception:
        return None


def _vendors(tree: ast.Module) -> Iterator[str]:
    """Yield what a class assigns to ``vendor``."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name("vendor")], value=ast.Constant(value=str(vendor))):
                yield vendor


def _backends(tree: ast.Module, engine: str) -> Iterator[str]:
    """Yield the backends that a module imports from."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield module.removesuffix(".base")
                yield from (f"{module}.{name.name}" for name in names if f"{module}.{name.name}" in _BUILT_IN)
            case ast.Import(names=names):
                yield from (name.name.removesuffix(".base") for name in names if name.name != engine)
