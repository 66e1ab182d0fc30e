"""Finds the database vendor of an ``ENGINE``, even if its driver is not installed."""

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
_MAX_BASES = 5


def vendor_of(engine: str) -> str:
    """Return the vendor of the backend ``engine`` (as ``connection.vendor``), or an empty string if unknown.

    The source of a backend that cannot be imported is parsed for its ``vendor`` and its base backends.
    """
    if engine in _BUILT_IN:
        return _BUILT_IN[engine]
    try:
        vendor = importlib.import_module(f"{engine}.base").DatabaseWrapper.vendor
    # A backend without its driver may raise any exception.
    except Exception:
        return _vendor_from_source(engine, _MAX_BASES)
    return str(vendor)


def _vendor_from_source(engine: str, depth: int) -> str:
    if engine in _BUILT_IN or not depth:
        return _BUILT_IN.get(engine, "")
    tree = _source(engine)
    if tree is None:
        return ""
    own = next(_vendors(tree), "")
    return own or next(
        filter(None, (_vendor_from_source(base, depth - 1) for base in _backends(tree, engine))), ""
    )


def _source(engine: str) -> ast.Module | None:
    try:
        spec = find_spec(f"{engine}.base")
        return ast.parse(Path(spec.origin).read_bytes()) if spec is not None and spec.origin else None
    # The package may raise on import, and its source may not be valid Python.
    except Exception:
        return None


def _vendors(tree: ast.Module) -> Iterator[str]:
    """Yield the strings that classes of ``tree`` assign to ``vendor``."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name("vendor")], value=ast.Constant(value=str(vendor))):
                yield vendor


def _backends(tree: ast.Module, engine: str) -> Iterator[str]:
    """Yield the backends that a module imports."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield module.removesuffix(".base")
                yield from (f"{module}.{name.name}" for name in names if f"{module}.{name.name}" in _BUILT_IN)
            case ast.Import(names=names):
                yield from (name.name.removesuffix(".base") for name in names if name.name != engine)
