"""Hash the syntax trees of migrations: what they do, without how they are written down."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from django_switchback.evidence import MigrationFact, MigrationName

DIGEST_CHARACTERS = 12
"""Short enough to be typed; nobody has a reason to forge it."""
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def content_digest(source: bytes, leave_out: Collection[str] = ()) -> str:
    """Return a digest of a Python file that comments, blank lines, formatting and docstrings do not change.

    Nor do the attributes ``leave_out`` of its classes.
    It is the same with every version of Python that can read the file. A file that none of them can read
    has the digest of its bytes.
    """
    try:
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                node.body = [item for item in node.body if not _assigns(item, leave_out)]
        text = "".join(_tokens(tree)).encode("utf-8", "surrogatepass")
    except (SyntaxError, ValueError):
        text = source
    return hashlib.sha256(text).hexdigest()[:DIGEST_CHARACTERS]


def content_digests(
    project: Path, facts: Iterable[MigrationFact], targets: Collection[MigrationName]
) -> dict[str, str]:
    """Return the digests of ``targets`` by ``app.name``, without those whose files cannot be read."""
    wanted = set(targets)
    paths = {str(fact.id): project / fact.path for fact in facts if fact.id in wanted}
    return {name: content_digest(path.read_bytes()) for name, path in paths.items() if path.is_file()}


def _assigns(node: ast.stmt, names: Collection[str]) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id in names for target in node.targets
    )


def _tokens(value: object) -> Iterator[str]:
    # NOTE: ast.dump() differs between versions of Python in what it leaves out.
    if isinstance(value, ast.AST):
        yield f"({type(value).__name__}"
        for name in value._fields:
            field = getattr(value, name, None)
            if name == "body" and isinstance(value, _DOCUMENTED) and ast.get_docstring(value) is not None:
                field = value.body[1:]
            if field not in (None, []) and name != "kind":
                yield f" {name}="
                yield from _tokens(field)
        yield ")"
    elif isinstance(value, list):
        yield "["
        for item in value:
            yield from _tokens(item)
        yield "]"
    else:
        yield f"{value!r},"
