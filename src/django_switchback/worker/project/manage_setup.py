"""Applies the setup that the project's ``manage.py`` does before it starts Django.

Many add folders to ``sys.path`` or read a ``.env`` there, without which the settings cannot be loaded.
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

from django_switchback.sandbox.run_files import RunFiles, write_private
from django_switchback.worker.guard import access_reports
from django_switchback.worker.guard.access_reports import OutsideAccess
from django_switchback.worker.guard.required_database import RequiresOwnDatabase, required_database
from django_switchback.worker.project import databases

MAX_MANAGE_SECONDS = 60.0
"""Time limit in seconds for ``manage.py`` to reach Django."""
_SETTINGS = "DJANGO_SETTINGS_MODULE"
_STANDARD_STATEMENT = re.compile(
    r"from django\.core\.management import execute_from_command_line|execute_from_command_line\(sys\.argv\)"
    rf"|main\(\)|os\.environ\.setdefault\('{_SETTINGS}', '[\w.]+'\)"
)
"""Matches statements of the ``manage.py`` of ``startproject``, as ``ast.unparse`` writes them."""


class ManageSetup(msgspec.Struct, frozen=True):
    """The import path and the environment that a ``manage.py`` leaves to Django."""

    path: tuple[str, ...]
    environ: dict[str, str]
    required_database: tuple[str, str] | None = None
    """Place and name of a refused database without which ``manage.py`` fails."""
    accesses: tuple[OutsideAccess, ...] = ()


def apply_manage_setup(folder: Path, sandboxes: Path) -> tuple[OutsideAccess, ...]:
    """Apply the ``sys.path`` and environment of ``./manage.py`` to this process; return its foreign accesses.

    ``folder`` is a temporary folder of the run. ``manage.py`` runs in another process without settings, and
    may connect only to the databases in the file ``sandboxes``; a ``manage.py`` equal to Django's is not run.
    If it fails, the setup done by then is applied. Raises :class:`RequiresOwnDatabase`.
    """
    if is_djangos_own(Path("manage.py")):
        return ()
    file = RunFiles(folder).manage_setup()
    command = [
        sys.executable,
        "-m",
        "django_switchback.worker.project.manage_setup",
        str(file),
        str(sandboxes),
    ]
    try:
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=MAX_MANAGE_SECONDS,
            check=False,
        )
        setup = msgspec.json.decode(file.read_bytes(), type=ManageSetup)
    finally:
        file.unlink(missing_ok=True)
    if setup.required_database is not None:
        raise RequiresOwnDatabase(*setup.required_database)
    new_paths = [place for place in setup.path if place not in sys.path]
    sys.path[:] = setup.path
    os.environ.update(_changed_variables(setup.environ))
    if new_paths:
        os.environ["PYTHONPATH"] = os.pathsep.join(
            [*new_paths, *filter(None, [os.environ.get("PYTHONPATH")])]
        )
    return setup.accesses


def _changed_variables(environ: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in environ.items() if os.environ.get(key) != value and key != _SETTINGS}


def is_djangos_own(manage: Path) -> bool:
    """Return whether ``manage`` has only the statements that ``startproject`` writes."""
    return all(map(_is_standard, ast.parse(manage.read_bytes()).body))


def _is_standard(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(ast.Constant()):
            return True
        case ast.Import(names):
            return all(name.name in {"os", "sys"} and name.asname is None for name in names)
        case ast.ImportFrom() | ast.Expr(ast.Call()):
            return _STANDARD_STATEMENT.fullmatch(ast.unparse(node)) is not None
        case ast.FunctionDef("main", arguments, body, []):
            return not ast.unparse(arguments) and all(map(_is_standard, body))
        case ast.If(test, body, []):
            return ast.unparse(test) == "__name__ == '__main__'" and all(map(_is_standard, body))
        case ast.Try(body, [ast.ExceptHandler(ast.Name("ImportError"), _, [ast.Raise()])], [], []):
            return all(map(_is_standard, body))
    return False


def _observe(file: Path, sandboxes: Path) -> None:
    """Run ``manage.py version`` and write the resulting :class:`ManageSetup` to ``file``."""
    from django.conf import settings

    from django_switchback.worker.guard import environment
    from django_switchback.worker.guard.allowed_databases import allow_sandboxes
    from django_switchback.worker.guard.refuse_django_connections import guard_connections

    settings.configure()
    addresses = databases.read_sandboxes(sandboxes)
    guard_connections(allow_sandboxes(addresses.values()))
    environment.point_environment_at(addresses["default"])
    sys.argv = ["manage.py", "version"]
    required = None
    try:
        runpy.run_path("manage.py", run_name="__main__")
    except BaseException as error:
        required = required_database(error, Path.cwd())
        raise
    finally:
        setup = ManageSetup(tuple(sys.path), dict(os.environ), required, access_reports.unreported())
        write_private(file, msgspec.json.encode(setup))


if __name__ == "__main__":
    _observe(Path(sys.argv[1]), Path(sys.argv[2]))
