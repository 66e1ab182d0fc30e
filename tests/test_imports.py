"""Data flows one way, and so do the imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "django_switchback"

LEAF = {"errors", "evidence"}

ROOMS: dict[str, set[str]] = {
    # What everyone may import.
    "errors": set(),
    "version": set(),
    "signals": set(),
    "standard_streams": set(),
    "secret_values": set(),
    "untrusted_text": set(),
    "evidence": {"errors"},
    "redaction": {"evidence", "secret_values"},
    # From input to report: each package knows its input, and none that comes after it.
    "project": LEAF,
    "sandbox": LEAF,
    "scenarios": set(),
    "cache": LEAF | {"project", "sandbox"},
    # The worker, from the bottom up.
    "worker.__init__": set(),
    "worker.protocol": {"evidence", "sandbox"},
    "worker.table_names": set(),
    "worker.state_models": set(),
    "worker.nested_operations": set(),
    "worker.stopwatch": {"evidence"},
    "worker.replacements": {"evidence"},
    "worker.failure": {"evidence", "worker.replacements"},
    "worker.snapshot": LEAF | {"sandbox"},
    "worker.seed": {
        "errors",
        "scenarios",
        "untrusted_text",
        "worker.state_models",
        "worker.stopwatch",
        "worker.table_names",
    },
    "worker.compare": {"evidence", "worker.snapshot", "worker.stopwatch", "worker.table_names"},
    "worker.process": LEAF | {"redaction", "sandbox", "worker.protocol"},
    "worker.guard": LEAF | {"sandbox", "worker.process", "worker.replacements"},
    "worker.shared_objects": {"sandbox", "worker.failure", "worker.snapshot"},
    "worker.project": LEAF
    | {"sandbox", "worker.failure", "worker.guard", "worker.process", "worker.protocol"}
    | {"worker.nested_operations", "worker.replacements", "worker.shared_objects", "worker.stopwatch"},
    "worker.migrate.statements": {"evidence", "untrusted_text", "worker.failure"},
    "worker.migrate.project_state": {"worker.nested_operations"},
    "worker.migrate.signals": {"worker.migrate.project_state", "worker.migrate.statements"},
    "worker.migrate.failed_reads": {"worker.failure"},
    "worker.migrate": LEAF
    | {"worker.failure", "worker.migrate.failed_reads", "worker.migrate.project_state"}
    | {"worker.migrate.signals", "worker.migrate.statements", "worker.process", "worker.project"}
    | {"worker.shared_objects"},
    "worker.manage": LEAF
    | {"sandbox", "worker.failure", "worker.guard", "worker.process", "worker.project", "worker.protocol"}
    | {"worker.replacements"},
    "worker.source": {"evidence", "worker.seed"},
    "worker.release": {
        "evidence",
        "worker.failure",
        "worker.seed",
        "worker.snapshot",
        "worker.state_models",
        "worker.table_names",
    },
    "worker.dependencies": LEAF
    | {"redaction", "worker.migrate", "worker.migrate.signals", "worker.nested_operations"}
    | {"worker.project", "worker.protocol", "worker.seed"},
    "worker.cycle": LEAF
    | {"project", "sandbox", "scenarios", "worker.compare", "worker.failure", "worker.guard"}
    | {"worker.manage", "worker.migrate", "worker.migrate.project_state", "worker.migrate.signals"}
    | {"worker.migrate.statements", "worker.process", "worker.project", "worker.release", "worker.seed"}
    | {"worker.nested_operations", "worker.snapshot", "worker.stopwatch"},
    "worker.minimise": LEAF
    | {"untrusted_text"}
    | {"sandbox", "worker.compare", "worker.cycle", "worker.migrate", "worker.process"}
    | {"worker.seed", "worker.snapshot", "worker.table_names"},
    "worker.locks_and_growth": LEAF
    | {"worker.cycle", "worker.failure", "worker.migrate", "worker.migrate.statements", "worker.minimise"}
    | {"worker.project", "worker.seed", "worker.snapshot"},
    "worker.interruption": LEAF
    | {"worker.compare", "worker.cycle", "worker.failure", "worker.migrate", "worker.migrate.statements"}
    | {"worker.minimise", "worker.project", "worker.seed", "worker.stopwatch", "worker.table_names"},
    "worker.phases": LEAF
    | {"project", "sandbox", "worker.compare", "worker.cycle", "worker.locks_and_growth", "worker.failure"}
    | {"worker.interruption"}
    | {
        "worker.manage",
        "worker.migrate",
        "worker.migrate.failed_reads",
        "worker.migrate.signals",
        "worker.migrate.statements",
        "worker.minimise",
        "worker.process",
        "worker.project",
        "worker.protocol",
        "worker.release",
    }
    | {"worker.seed", "worker.snapshot", "worker.source", "worker.stopwatch", "worker.table_names"},
    "worker.run_part": LEAF
    | {"project", "sandbox", "worker.cycle", "worker.manage", "worker.migrate", "worker.phases"}
    | {"worker.process", "worker.project", "worker.protocol", "worker.seed", "worker.shared_objects"}
    | {"worker.stopwatch"},
    "worker.__main__": LEAF
    | {
        "project",
        "sandbox",
        "worker.cycle",
        "worker.dependencies",
        "worker.guard",
        "worker.manage",
        "worker.migrate",
    }
    | {"worker.run_part", "worker.process", "worker.project", "worker.protocol"},
    # What is concluded from evidence.
    "rules": {"evidence", "untrusted_text"},
    "rules.selection": {"evidence", "rules"},
    "rules.findings": {"evidence", "rules", "rules.selection"},
    "rules.rollback": {"evidence", "rules", "rules.findings", "rules.selection"},
    "rules.forward": {"evidence", "rules", "rules.findings", "rules.selection"},
    "rules.deploy_window": {"evidence", "rules", "rules.selection"},
    "rules.hygiene": {"evidence", "rules", "rules.rollback", "rules.selection"},
    "rules.rehearsal": {"evidence", "rules", "rules.selection"},
    "rules.registry": {"rules", "rules.rollback", "rules.forward", "rules.hygiene", "rules.rehearsal"}
    | {"rules.deploy_window"},
    "rules.grouping": {"evidence", "rules", "rules.selection", "untrusted_text"},
    "rules.proof": {"evidence", "rules", "rules.selection"},
    "verdict": LEAF
    | {"rules", "rules.grouping", "rules.hygiene", "rules.proof", "rules.registry", "rules.rehearsal"}
    | {"rules.selection"},
    "report": LEAF | {"untrusted_text", "rules", "rules.registry", "verdict"},
    "report.formats": {"evidence", "untrusted_text", "rules", "rules.registry", "rules.selection", "verdict"}
    | {"report"},
    "checks": LEAF
    | {"untrusted_text", "rules", "rules.grouping", "rules.selection", "verdict", "report"}
    | {"report.formats"},
    # The edge.
    "config": {"errors"},
    "progress": {"evidence", "untrusted_text", "standard_streams"},
    # The engine: the only part that knows both what is asked for and who does it.
    "engine": LEAF | {"cache", "redaction", "config", "progress", "project", "sandbox", "worker.protocol"},
    "clean_up": LEAF | {"config", "sandbox", "engine"},
    "pipeline": LEAF
    | {"cache", "version", "config", "progress", "project", "sandbox", "signals", "engine", "clean_up"},
    "dask_cluster": LEAF | {"config", "pipeline", "progress", "project", "redaction", "signals", "version"},
    "commands": LEAF
    | {
        "cache",
        "checks",
        "dask_cluster",
        "untrusted_text",
        "sandbox",
        "config",
        "progress",
        "pipeline",
        "standard_streams",
        "verdict",
        "report",
        "report.formats",
        "signals",
    },
    "adoption": {"config", "errors", "untrusted_text", "version"},
    "error_messages": {"errors", "redaction", "standard_streams", "untrusted_text"},
    "cli": {
        "adoption",
        "commands",
        "error_messages",
        "errors",
        "config",
        "version",
        "signals",
        "standard_streams",
    },
    "pytest_plugin": {"adoption"},
    "__main__": {"cli"},
    "__init__": set(),
}
"""What each package or module (here: room) may import from this project, besides itself.

``worker`` and ``rules`` have an entry per folder. A name covers what lies below it, except rooms that have an
entry of their own.
"""


def room_of(name: str, rooms: dict[str, set[str]]) -> str | None:
    """Return the deepest entry of ``rooms`` that covers the dotted ``name``, which leaves the package out."""
    parts = name.split(".")
    candidates = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((candidate for candidate in candidates if candidate in rooms), None)


def imports(path: Path, source: Path) -> Iterator[str]:
    """Yield the full names of the modules that the file at ``path`` imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports hide the direction"
            assert node.module is not None
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if node.module == source.name or _is_module(full, source) else node.module


def _is_module(name: str, source: Path) -> bool:
    path = source.parent / Path(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def upward(source: Path, rooms: dict[str, set[str]]) -> list[str]:
    """Return a sentence for each import below ``source`` that the table does not allow."""
    found = []
    for path in sorted(source.rglob("*.py")):
        where = path.relative_to(source)
        name = ".".join(where.with_suffix("").parts)
        room = room_of(name, rooms) or room_of(name.removesuffix(".__init__"), rooms)
        if room is None:
            found.append(f"{where}: it has no place in the table")
            continue
        for imported in dict.fromkeys(imports(path, source)):
            top, _, rest = imported.partition(".")
            if top == "django" and not room.startswith("worker"):
                found.append(f"{where} imports {imported}")
            if top != source.name or not rest:
                continue
            target = room_of(rest, rooms)
            if target != room and target not in rooms[room]:
                found.append(f"{where} imports {imported}")
    return found


def test_imports_go_down() -> None:
    """No module imports what comes after it, and only the worker imports Django."""
    assert upward(SOURCE, ROOMS) == []


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("worker/cycle/cycle.py", "from django_switchback import config"),
        ("worker/cycle/cycle.py", "import django_switchback.rules.rollback.loses_or_leaves_data"),
        ("worker/cycle/cycle.py", "from django_switchback.worker.minimise.search import RowSearch"),
        ("worker/migrate/migrator.py", "from django_switchback.worker.cycle.context import PartContext"),
        ("worker/migrate/signals/receivers.py", "from django_switchback.worker.migrate import migrator"),
        ("worker/seed/seeder.py", "from django_switchback.worker.snapshot.reading import rows"),
        ("worker/snapshot/reading.py", "from django_switchback.worker import failure"),
        ("worker/surprise.py", ""),
        (
            "rules/selection/steps.py",
            "from django_switchback.rules.rollback.loses_or_leaves_data import LOST",
        ),
        (
            "rules/rollback/loses_or_leaves_data.py",
            "from django_switchback.rules.forward.drift import MODELS",
        ),
        (
            "rules/grouping/grouping.py",
            "from django_switchback.rules.findings.error_or_warning import default_severity",
        ),
        ("rules/rollback/loses_or_leaves_data.py", "from django_switchback.report.formats import json"),
        ("report/phrases.py", "from django_switchback.report.formats import terminal"),
        ("project/graph.py", "from django.db import migrations"),
        ("project/graph.py", "def f():\n    from django_switchback.sandbox.interface import Server"),
        ("engine/workers.py", "from django_switchback.worker.cycle.cycle import Cycle"),
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
    """Following the table never leads back to where it began."""
    done: set[str] = set()
    while ready := {room for room, may in ROOMS.items() if may <= done} - done:
        done |= ready
    assert done == set(ROOMS)
