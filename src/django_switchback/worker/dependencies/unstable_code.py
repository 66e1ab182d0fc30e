"""Finds code whose result may be another one tomorrow: it reads the clock, chance, the environment, hosts.

The names are a guess on the safe side: what looks like it counts. A function that is only named, such as
``default=timezone.now`` of a field, is not a call: Switchback makes rows of the same kinds each day.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from textwrap import shorten
from typing import NamedTuple, TypeAlias

_CALLS = frozenset(
    {
        "now",
        "today",
        "utcnow",
        "time",
        "time_ns",
        "monotonic",
        "perf_counter",
        "uuid1",
        "uuid4",
        "urandom",
        "get_random_string",
        "token_hex",
        "token_urlsafe",
    }
    | {"token_bytes", "Now", "Random", "RandomUUID", "TransactionNow", "gethostname", "getpid", "getlogin"}
    | {"is_file", "is_dir", "getmtime", "getsize", "stat", "lstat", "walk", "iterdir", "rglob"}
)
"""Functions and methods whose result depends on more than their arguments and the database."""
_CALLS_WITHOUT_ARGUMENTS = frozenset({"localtime", "localdate", "gmtime", "ctime", "strftime"})
"""Those that read the clock if they are given no time."""
_NAMES = frozenset(
    {"environ", "environb", "getenv", "import_module", "import_string", "__import__", "exec", "eval"}
)
"""Names of what leads to code or values that no syntax tree shows."""
_MODULES = frozenset(
    {"random", "secrets", "socket", "requests", "httpx", "urllib", "urllib3", "http", "smtplib", "ftplib"}
    | {"aiohttp", "boto3", "botocore", "subprocess", "paramiko", "ctypes", "threading", "multiprocessing"}
    | {"environ", "decouple", "dotenv", "numpy"}
)
"""Modules whose use depends on chance, hosts, the environment, or files that no audit event shows."""
_SQL = re.compile(
    r"\b((now|random|gen_random_uuid|uuid_generate_v\w+|\w+_timestamp|timeofday)\s*\(\s*\)|randomblob\s*\()"
    r"|\b(current_(timestamp|date|time)|localtime(stamp)?)\b|'now'|^\?$"
    r"|\b(pg_read_\w+|pg_ls_\w+|lo_import|readfile|dblink\w*|\w+_fdw)\b|\bcopy\b[^;]*\bfrom\s+'",
    re.IGNORECASE,
)
_RUN_BY_DJANGO = ("__", "clean", "validate")
"""Beginnings of the names of methods that are called although no code of the project names them."""
_REGISTRY = frozenset({"get_user_model", "model_class"})
"""Names that lead to models at head. ``apps`` does only if it is imported: data functions are given one."""
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_Definition: TypeAlias = _Function | ast.ClassDef


class Reading(NamedTuple):
    """What code says of itself: its first ``unstable`` expression, and whether it may use models at head.

    ``names`` are those of models at head that it writes, which may be variables for models of a migration.
    """

    unstable: str
    uses_live_models: bool
    names: frozenset[str] = frozenset()


class ReachedCode:
    """The code that migrations may reach in the modules that they import, found by names alone.

    Of a module, what runs when it is imported is reached, and each function, method or class whose name is
    written in code that is reached. Of ``models``, methods that nothing names are left out.
    """

    def __init__(self, modules: Iterable[ast.Module], models: frozenset[str]) -> None:
        self._models = models
        self._modules = tuple(modules)
        self._definitions: dict[str, list[_Definition]] = {}
        for module in self._modules:
            for node in ast.walk(module):
                if isinstance(node, _Definition):
                    self._definitions.setdefault(node.name, []).append(node)

    def read(self, code: Iterable[ast.AST]) -> Reading:
        """Return what ``code`` and all that it reaches says of itself."""
        seen: set[str] = set()
        waiting: list[ast.AST] = list(code)
        live = False
        bound = frozenset(name for root in (*self._modules, *waiting) for name in _unstable_imports(root))
        imported = (mark for module in self._modules for mark in _markers(_at_import(module), bound))
        first = next(imported, "")
        while waiting and not first:
            nodes = list(self._of(waiting.pop()))
            first = next(_markers(nodes, bound), "")
            live = live or any(map(self._leads_to_head, nodes))
            for name in _identifiers(nodes):
                if name not in seen:
                    seen.add(name)
                    waiting += self._definitions.get(name, [])
        return Reading(first, live, self._models & seen)

    def _leads_to_head(self, node: ast.AST) -> bool:
        match node:
            case ast.ImportFrom(module="django.apps"):
                return True
            case ast.ImportFrom(names=names):
                return any(alias.name in self._models for alias in names)
            case ast.Attribute(attr=name, value=ast.Name(id="models") | ast.Attribute(attr="models")):
                return name in self._models
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name in _REGISTRY
        return False

    def _of(self, root: ast.AST) -> Iterator[ast.AST]:
        if not isinstance(root, ast.ClassDef) or root.name not in self._models:
            yield from ast.walk(root)
            return
        for item in root.body:
            if not isinstance(item, _Function) or item.name.startswith(_RUN_BY_DJANGO):
                yield from ast.walk(item)


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs when a module is imported: everything but the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Function):
            for default in (*child.args.defaults, *filter(None, child.args.kw_defaults)):
                yield from ast.walk(default)
        elif not isinstance(child, ast.Lambda | ast.Import | ast.ImportFrom):
            yield child
            yield from _at_import(child)


def _unstable_imports(root: ast.AST) -> Iterator[str]:
    """Yield the names that imports bind to what is unstable to use, or to call."""
    for node in ast.walk(root):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in _MODULES:
                    yield alias.asname or alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            whole = (node.module or "").partition(".")[0] in _MODULES and not node.level
            for alias in node.names:
                renamed = alias.asname is not None and alias.name in _CALLS
                if whole or renamed or alias.name in _NAMES:
                    yield alias.asname or alias.name


def _markers(nodes: Iterable[ast.AST], bound: frozenset[str]) -> Iterator[str]:
    docstrings: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Expr):
            # Met before the constant itself.
            docstrings.add(id(node.value) if isinstance(node.value, ast.Constant) else 0)
        if id(node) not in docstrings and (mark := _marker(node, bound)):
            yield mark


def _marker(node: ast.AST, bound: frozenset[str]) -> str:
    match node:
        case ast.Constant(value=str(text)) if _SQL.search(text):
            return f"{shorten(text, 40)!r}"
        case ast.Name(id=name) if name in bound:
            return name
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in _NAMES:
            return name
        case ast.Call() if _is_unstable(node):
            return f"{ast.unparse(node.func)}()"
    return ""


def _is_unstable(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(
            attr="exists", value=ast.Attribute(attr="path") | ast.Call(func=ast.Name(id="Path"))
        ):
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _CALLS or (name in _CALLS_WITHOUT_ARGUMENTS and not call.args)
    return False


def _identifiers(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.Import() | ast.ImportFrom():
                yield from (alias.name.rpartition(".")[2] for alias in node.names)
