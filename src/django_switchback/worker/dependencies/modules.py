"""Follows the imports of the project's own modules through their syntax trees, without importing anything."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Collection, Iterable, Iterator
from importlib.machinery import PathFinder
from importlib.util import resolve_name
from pathlib import Path

from django_switchback.worker.project.describe import installation_folders

_OWN_PACKAGE = Path(__file__).resolve().parents[2]


class ModuleFiles:
    """Finds the files of modules that are the project's own, and the modules that these import.

    A module is the project's own if its file is in no folder for installed packages. Everything that an
    ``import`` names counts, wherever it is written: in a function, or under a condition.
    """

    def __init__(self) -> None:
        self._installed = tuple(f"{folder}/" for folder in installation_folders() | {_OWN_PACKAGE})
        self._files: dict[str, Path | None] = {}
        self._own: dict[Path, bool] = {}
        self._imports: dict[str, frozenset[str]] = {}
        self._trees: dict[Path, ast.Module | None] = {}
        self._digests: dict[Path, str] = {}
        self.newest_change = 0.0
        """The time of the newest change of a file that was read, in seconds since the epoch."""

    def is_own(self, path: Path) -> bool:
        """Return whether the file at ``path`` is the project's own."""
        if path not in self._own:
            if str(path).startswith(self._installed):
                # Not resolved: most of the modules of a process are installed ones.
                self._own[path] = False
                return False
            real = path.resolve()
            self._own[path] = real.is_file() and not str(real).startswith(self._installed)
        return self._own[path]

    def file(self, module: str) -> Path | None:
        """Return the file of ``module``, ``None`` if it is not the project's own or does not exist."""
        if module not in self._files:
            path = _loaded_file(module) or _file_on_path(module)
            self._files[module] = path if path is not None and self.is_own(path) else None
        return self._files[module]

    def loaded(self) -> frozenset[str]:
        """Return the modules of the project that are loaded."""
        return frozenset(name for name in tuple(sys.modules) if self.file(name) is not None)

    def closure(self, modules: Iterable[str], *, without: Collection[str] = ()) -> frozenset[str]:
        """Return ``modules`` of the project with all that they import, but nothing by way of ``without``."""
        found: set[str] = set()
        waiting = list(modules)
        while waiting:
            module = waiting.pop()
            if module in found or module in without or self.file(module) is None:
                continue
            found.add(module)
            waiting += self._imported(module)
        return frozenset(found)

    def tree(self, path: Path) -> ast.Module | None:
        """Return the syntax tree of a file; ``None`` if it is not Python source."""
        if path not in self._trees:
            try:
                self._trees[path] = ast.parse(path.read_bytes())
            except (SyntaxError, ValueError, OSError):
                self._trees[path] = None
        return self._trees[path]

    def digest(self, path: Path) -> str:
        """Return a digest of the bytes of a file, and note when it was changed."""
        if path not in self._digests:
            status = path.stat()
            self.newest_change = max(self.newest_change, status.st_mtime, status.st_ctime)
            self._digests[path] = hashlib.sha256(path.read_bytes()).hexdigest()
        return self._digests[path]

    def described(self, modules: Iterable[str]) -> list[tuple[str, str]]:
        """Return the names and digests of those of ``modules`` that are the project's own, sorted."""
        files = ((name, self.file(name)) for name in sorted(set(modules)))
        return [(name, self.digest(path)) for name, path in files if path is not None]

    def _imported(self, module: str) -> frozenset[str]:
        if module not in self._imports:
            path = self.file(module)
            tree = None if path is None else self.tree(path)
            package = module
            if path is not None and path.stem != "__init__":
                package = module.rpartition(".")[0]
            names = {*_with_packages(module)}
            for node in ast.walk(tree) if tree is not None else ():
                for name in _named(node, package):
                    names.update(_with_packages(name))
            self._imports[module] = frozenset(names - {module})
        return self._imports[module]


def _named(node: ast.AST, package: str) -> Iterator[str]:
    """Yield what an import may import: ``from a import b`` imports ``a``, and ``a.b`` if that is a module."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        try:
            base = resolve_name("." * node.level + (node.module or ""), package)
        except ImportError:
            return
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


def _with_packages(module: str) -> Iterator[str]:
    """Yield ``module`` and the packages that it is in, which an import runs too."""
    while module:
        yield module
        module = module.rpartition(".")[0]


def _loaded_file(module: str) -> Path | None:
    file = getattr(sys.modules.get(module), "__file__", None)
    return Path(file) if isinstance(file, str) else None


def _file_on_path(module: str) -> Path | None:
    """Return where Python would find ``module``, without importing its packages."""
    places: list[str] | None = None
    for length in range(1, module.count(".") + 2):
        name = ".".join(module.split(".")[:length])
        try:
            spec = PathFinder.find_spec(name, places)
        except (ImportError, ValueError):
            return None
        if spec is None:
            return None
        if name == module:
            return Path(spec.origin) if spec.has_location and spec.origin else None
        if spec.submodule_search_locations is None:
            return None
        places = list(spec.submodule_search_locations)
    return None


def is_quiet(tree: ast.Module | None) -> bool:
    """Return whether importing a module only defines names: it changes nothing of other modules.

    Registering with Django's admin is quiet too; a call, or an assignment to an attribute, is not.
    """
    return tree is not None and all(map(_defines, tree.body))


def _defines(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Pass():
            return True
        case ast.ClassDef(decorator_list=decorators):
            return not any("register_lookup" in ast.unparse(decorator) for decorator in decorators)
        case (
            ast.Expr(value=ast.Constant())
            | ast.AnnAssign(target=ast.Name())
            | ast.AugAssign(target=ast.Name())
        ):
            return True
        case ast.Expr(value=ast.Call(func=function)):
            return ast.unparse(function).endswith("site.register")
        case ast.Assign(targets=targets):
            return all(isinstance(target, ast.Name | ast.Tuple) for target in targets)
        case ast.If(body=body, orelse=others):
            return all(map(_defines, (*body, *others)))
        case ast.Try(body=body, orelse=others, finalbody=last, handlers=handlers):
            handled = (line for handler in handlers for line in handler.body)
            return all(map(_defines, (*body, *others, *last, *handled)))
    return False
