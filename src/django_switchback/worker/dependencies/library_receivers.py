"""Tells what receivers of installed packages depend on: all of the project but functions that none can call.

Nobody can tell which models such a receiver uses. But a function whose name is written nowhere, neither in
installed code nor in code of the project that may run, can be called by nobody; nor does the receiver see
migrations that come later, unless installed code reads them from their files.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

from django_switchback.worker.project.describe import installation_folders

_WORD = re.compile(rb"[A-Za-z_]\w*")
_QUOTED = re.compile(rb"[\"'}s](?<!\ws)(\w+)")
_READS_MIGRATIONS = re.compile(
    rb"\b(Migration(Loader|Executor|Autodetector|Graph)|call_command|execute_from_command_line"
    rb"|load_command_class|MIGRATION_MODULES|MIGRATIONS_MODULE_NAME)\b"
)
_NEVER_AT_RUN = frozenset({"test", "tests", "testing", "commands"})
"""Folders and modules that only tests import, or a command that another module would have to call."""
_QUIET_DECORATORS = frozenset(
    {"property", "cached_property", "staticmethod", "classmethod", "setter", "deleter"}
)
_FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


class Words(NamedTuple):
    """The words of some code; ``quoted`` are those with which a string begins, or goes on."""

    all: frozenset[str]
    quoted: frozenset[str]

    def name(self, function: str) -> bool:
        """Return whether the code writes the name of ``function``, or may put it together."""
        ends = function.find("_", 1)
        while ends >= 0:
            if function[: ends + 1] in self.all or function[ends:] in self.quoted:
                return True
            ends = function.find("_", ends + 1)
        return function in self.all or not function.isascii()


class InstalledCode(NamedTuple):
    """What the code of installed packages writes; ``reads_migrations``: it may read them from files."""

    words: Words
    reads_migrations: bool


def read_installed_code(own: Iterable[str]) -> InstalledCode:
    """Read the sources of all modules but ``own`` that are loaded, with the rest of their packages."""
    words: set[bytes] = set()
    quoted: set[bytes] = set()
    reads = False
    for path in _installed_files(frozenset(own)):
        try:
            content = path.read_bytes()
        except OSError:
            continue
        words.update(_WORD.findall(content))
        quoted.update(_QUOTED.findall(content))
        reads = reads or _reads_migrations(path, content)
    return InstalledCode(_decoded(words, quoted), reads)


def words_of(content: bytes) -> Words:
    """Return the words in a source, or in a dump of a syntax tree."""
    return _decoded(_WORD.findall(content), _QUOTED.findall(content))


def _decoded(words: Iterable[bytes], quoted: Iterable[bytes]) -> Words:
    return Words(
        *(frozenset(b" ".join(found).decode("utf-8", "replace").split()) for found in (words, quoted))
    )


def visible_code(modules: Iterable[ast.Module], installed: Words) -> list[str]:
    """Return dumps of what may run in ``modules``, or be read: without functions that nothing names.

    Positions, and with them comments, are not part of it.
    """
    functions: dict[str, list[str]] = {}
    visible = [text for module in modules for text in _visible(module.body, functions)]
    words = [installed, *_words_of_dumps(visible)]
    while called := [name for name in functions if any(found.name(name) for found in words)]:
        texts = [text for name in sorted(called) for text in functions.pop(name)]
        visible += texts
        # What was not named before can only be named by what has come to it.
        words = list(_words_of_dumps(texts))
    return visible


def _words_of_dumps(texts: list[str]) -> Iterator[Words]:
    yield words_of("\n".join(texts).encode("utf-8", "backslashreplace"))


def _visible(body: list[ast.stmt], functions: dict[str, list[str]]) -> Iterator[str]:
    """Yield dumps of the statements of a module or class; put functions apart, by their names."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield f"class {statement.name}"
            yield from map(ast.dump, (*statement.decorator_list, *statement.bases, *statement.keywords))
            yield from _visible(statement.body, functions)
            yield "end"
        elif isinstance(statement, _FunctionNode) and _only_defines(statement):
            functions.setdefault(statement.name, []).append(ast.dump(statement))
        else:
            yield ast.dump(statement)


def _only_defines(function: _FunctionNode) -> bool:
    """Return whether a definition does nothing but define: it registers nothing and calls nothing."""
    decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in function.decorator_list}
    at_import = (*function.decorator_list, function.args, *filter(None, [function.returns]))
    calls = any(isinstance(node, ast.Call) for part in at_import for node in ast.walk(part))
    return decorators <= _QUIET_DECORATORS and not calls and not function.name.startswith("__")


def _installed_files(own: frozenset[str]) -> Iterator[Path]:
    """Yield the Python sources of modules that are loaded, and of the packages that they are in."""
    found: set[Path] = set()
    folders = {folder for folder in installation_folders() if folder.name.endswith("packages")}
    for name, module in tuple(sys.modules.items()):
        file = getattr(module, "__file__", None)
        package = name.partition(".")[0]
        if name in own or package == "django_switchback" or not str(file).endswith(".py"):
            continue
        path = Path(str(file))
        found.add(path)
        if name == package and path.name == "__init__.py" and path.parent.parent in folders:
            sources = path.parent.rglob("*.py")
            found.update(file for file in sources if not _is_of_tests(file.relative_to(path.parent).parts))
    yield from found


def _reads_migrations(path: Path, content: bytes) -> bool:
    # Who uses these names has them from Django.
    return (
        b"django" in content
        and _READS_MIGRATIONS.search(content) is not None
        and not _is_left_out(path.parts[_installation_depth(path) :])
    )


def _is_left_out(parts: tuple[str, ...]) -> bool:
    return parts[0] == "django" or _is_of_tests(parts)


def _is_of_tests(parts: tuple[str, ...]) -> bool:
    return bool({*parts[:-1], parts[-1].removesuffix(".py")} & _NEVER_AT_RUN)


def _installation_depth(path: Path) -> int:
    """Return how many parts of ``path`` are those of the folder that its package is installed in."""
    folders = (folder for folder in installation_folders() if path.is_relative_to(folder))
    return max((len(folder.parts) for folder in folders), default=0)
