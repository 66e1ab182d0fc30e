"""What the project's ``manage.py`` does to its process before Django takes over.

Many add folders to ``sys.path`` or read a ``.env`` there, and the settings cannot be loaded without.
"""

from __future__ import annotations

import ast
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from django_switchback.worker.guard import foreign_access
from django_switchback.worker.guard.foreign_access import ForeignAccess
from django_switchback.worker.guard.required_database import RequiresOwnDatabase, required_database
from django_switchback.worker.project import databases

MAX_MANAGE_SECONDS = 60.0
"""Seconds that a ``manage.py`` may take on its way to Django."""
_SETTINGS = "DJANGO_SETTINGS_MODULE"
_USUAL = re.compile(
    r"from django\.core\.management import execute_from_command_line|execute_from_command_line\(sys\.argv\)"
    rf"|main\(\)|os\.environ\.setdefault\('{_SETTINGS}', '[\w.]+'\)"
)
"""What the statements of such a ``manage.py`` are, as ``ast.unparse`` writes them."""


class ManageSetup(msgspec.Struct, frozen=True):
    """The import path and the environment that a ``manage.py`` hands over to Django."""

    path: tuple[str, ...]
    environ: dict[str, str]
    insists: tuple[str, str] | None = None
    """The place at which it was refused a database that it cannot do without, and that database."""
    touches: tuple[ForeignAccess, ...] = ()


def apply_manage_setup(folder: Path, sandboxes: Path) -> tuple[ForeignAccess, ...]:
    """Let this process and those that it starts have what ``manage.py`` of the current folder sets up.

    ``folder`` is one of the run's own. Only ``manage.py`` runs, in another process and without any settings,
    where it is connected to nothing but the databases in the file ``sandboxes``; one that does no more than
    Django's own is not even run. Where it fails, what it had set up by then is taken; what it reached for
    that is no sandbox is returned. Raises :class:`RequiresOwnDatabase`.
    """
    if is_djangos_own(Path("manage.py")):
        return ()
    file = folder / f"entry-{os.getpid()}.json"
    words = [sys.executable, "-m", "django_switchback.worker.project.manage_setup", str(file), str(sandboxes)]
    try:
        subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=MAX_MANAGE_SECONDS,
            check=False,
        )
        found = msgspec.json.decode(file.read_bytes(), type=ManageSetup)
    finally:
        file.unlink(missing_ok=True)
    if found.insists is not None:
        raise RequiresOwnDatabase(*found.insists)
    added = [place for place in found.path if place not in sys.path]
    sys.path[:] = found.path
    os.environ.update(_changed(found.environ))
    if added:
        os.environ["PYTHONPATH"] = os.pathsep.join([*added, *filter(None, [os.environ.get("PYTHONPATH")])])
    return found.touches


def _changed(environ: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in environ.items() if os.environ.get(key) != value and key != _SETTINGS}


def is_djangos_own(manage: Path) -> bool:
    """Tell whether ``manage`` does no more than what ``startproject`` writes: name settings, start Django."""
    return all(map(_is_usual, ast.parse(manage.read_bytes()).body))


def _is_usual(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(ast.Constant()):
            return True
        case ast.Import(names):
            return all(name.name in {"os", "sys"} and name.asname is None for name in names)
        case ast.ImportFrom() | ast.Expr(ast.Call()):
            return _USUAL.fullmatch(ast.unparse(node)) is not None
        case ast.FunctionDef("main", arguments, body, []):
            return not ast.unparse(arguments) and all(map(_is_usual, body))
        case ast.If(test, body, []):
            return ast.unparse(test) == "__name__ == '__main__'" and all(map(_is_usual, body))
        case ast.Try(body, [ast.ExceptHandler(ast.Name("ImportError"), _, [ast.Raise()])], [], []):
            return all(map(_is_usual, body))
    return False


def _observe(file: Path, sandboxes: Path) -> None:
    """Run ``manage.py`` up to Django, which finds nothing to do, and write down what it set up."""
    from django.conf import settings

    from django_switchback.worker.guard import environment
    from django_switchback.worker.guard.allowed_databases import allow_sandboxes
    from django_switchback.worker.guard.connections import guard_connections

    settings.configure()
    known = databases.read_sandboxes(sandboxes)
    guard_connections(allow_sandboxes(known.values()))
    environment.point_environment_at(known["default"])
    sys.argv = ["manage.py", "version"]
    insists = None
    try:
        runpy.run_path("manage.py", run_name="__main__")
    except BaseException as error:
        insists = required_database(error, Path.cwd())
        raise
    finally:
        entry = ManageSetup(tuple(sys.path), dict(os.environ), insists, foreign_access.unreported())
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as written:
            written.write(msgspec.json.encode(entry))


if __name__ == "__main__":
    _observe(Path(sys.argv[1]), Path(sys.argv[2]))
