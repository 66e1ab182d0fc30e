"""Data flows one way, and so do the imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "django_switchback"

LEAF = {"errors", "evidence"}

ROOMS: dict[str, set[str]] = {
    # What everyone may lean on.
    "errors": set(),
    "version": set(),
    "signals": set(),
    "evidence": {"errors"},
    "sensitive": set(),
    "streams": set(),
    "redaction": {"evidence", "sensitive"},
    # The stages: each knows what it takes in, none what comes after it.
    "project": LEAF,
    "sandbox": LEAF,
    "scenarios": set(),
    "worker": LEAF | {"redaction", "sandbox", "project", "scenarios"},
    "rules": LEAF,
    "verdict": LEAF | {"rules"},
    "report": LEAF | {"rules", "verdict"},
    "checks": LEAF | {"rules", "verdict", "report"},
    # The edge.
    "options": {"errors"},
    "sources": {"errors", "options"},
    "config": {"errors", "options", "sources"},
    "milestones": {"evidence"},
    "bars": {"evidence", "milestones"},
    "progress": {"evidence", "milestones", "bars", "streams"},
    # The engine: the only part that knows both what is asked for and who does it.
    "recorder": LEAF | {"progress"},
    "supervisor": LEAF | {"redaction", "project", "sandbox", "worker.protocol"},
    "schedule": LEAF | {"project"},
    "crew": LEAF
    | {"config", "progress", "project", "recorder", "sandbox", "schedule", "supervisor", "worker.protocol"},
    "pipeline": LEAF | {"version", "signals", "config", "progress", "project", "sandbox", "recorder", "crew"},
    "commands": LEAF
    | {"streams", "sandbox", "options", "sources", "config", "milestones", "progress", "pipeline"}
    | {"verdict", "report"},
    "suite": LEAF | {"options", "sources", "config", "pipeline", "commands", "checks"},
    "cli": {"errors", "redaction", "streams", "options", "version", "signals", "milestones", "commands"}
    | {"suite"},
    "__main__": {"cli"},
    "__init__": set(),
}
"""What each room may import of ours, besides itself. A room is a module or a folder of them; an entry with a
dot allows that module of a room and no other."""


def imports(path: Path, package: str) -> Iterator[str]:
    """Yield the full names that the file at ``path`` imports, those inside functions included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports hide the direction"
            if node.module == package:
                yield from (f"{package}.{alias.name}" for alias in node.names)
            elif node.module is not None:
                yield node.module


def upward(source: Path, rooms: dict[str, set[str]]) -> list[str]:
    """Return a sentence for each import below ``source`` that the table does not allow."""
    found = []
    for path in sorted(source.rglob("*.py")):
        where = path.relative_to(source)
        room = where.parts[0].removesuffix(".py")
        if room not in rooms:
            found.append(f"{where}: {room!r} has no place in the table")
            continue
        for name in imports(path, source.name):
            top, _, rest = name.partition(".")
            if top == "django" and room != "worker":
                found.append(f"{where} imports {name}")
            if top != source.name or not rest:
                continue
            target = rest.partition(".")[0]
            allowed = (
                target == room
                or target in rooms[room]
                or any(rest == entry or rest.startswith(f"{entry}.") for entry in rooms[room])
            )
            if not allowed:
                found.append(f"{where} imports {name}")
    return found


def test_imports_go_down() -> None:
    """No module imports what comes after it, and only the worker imports Django."""
    assert upward(SOURCE, ROOMS) == []


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("worker/cycle.py", "from django_switchback import config"),
        ("worker/cycle.py", "import django_switchback.rules.data"),
        ("rules/data.py", "from django_switchback.report.json import render"),
        ("project/graph.py", "from django.db import migrations"),
        ("project/graph.py", "def f():\n    from django_switchback.sandbox.interface import Server"),
        ("crew.py", "from django_switchback.worker.cycle import Cycle"),
        ("sandbox/names.py", "import django"),
        ("surprise.py", ""),
    ],
)
def test_an_upward_import_is_seen(tmp_path: Path, room: str, line: str) -> None:
    """The check above can fail: each of these is one import in the wrong direction."""
    path = tmp_path / "django_switchback" / room
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{line}\n")
    assert len(upward(tmp_path / "django_switchback", ROOMS)) == 1


def test_the_table_has_no_circle() -> None:
    """Following the table never leads back to where one came from."""
    done: set[str] = set()
    while (
        ready := {room for room, may in ROOMS.items() if {name.partition(".")[0] for name in may} <= done}
        - done
    ):
        done |= ready
    assert done == set(ROOMS)
