"""No type name of the package is defined twice, so that looking one up finds one definition."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "django_switchback"


def types(tree: ast.Module) -> Iterator[str]:
    """Yield the names of the classes and type aliases of a module."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and ast.unparse(node.annotation) == "TypeAlias"
        ):
            yield node.target.id


def twice(source: Path) -> dict[str, list[str]]:
    """Return the paths of each type name that several modules below ``source`` define."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(source.rglob("*.py")):
        for name in types(ast.parse(path.read_text(encoding="utf-8"))):
            places[name].append(str(path.relative_to(source)))
    return {name: where for name, where in places.items() if len(where) > 1}


def test_no_type_name_is_used_twice() -> None:
    """Classes and type aliases have names of their own, in all rooms together."""
    assert twice(SOURCE) == {}


def test_a_second_definition_is_seen(tmp_path: Path) -> None:
    """A class and an alias of the same name are found, whichever module they are in."""
    (tmp_path / "first.py").write_text("class Rows: ...\nclass Other: ...\n")
    (tmp_path / "second.py").write_text("Rows: TypeAlias = int\nclass Third: ...\n")
    assert twice(tmp_path) == {"Rows": ["first.py", "second.py"]}
