"""Names what a project lacks in this process: a package, or a variable of the environment."""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
import traceback
from pathlib import Path

_ENVIRONMENTS = (".venv", "venv", "env")


def missing_requirement(error: BaseException, root: Path) -> str:
    """Return what to type because of ``error``, or an empty string if nothing is missing outside the project.

    ``root`` is the project's folder.
    """
    if isinstance(error, ModuleNotFoundError) and error.name:
        return _package_hint(error.name.partition(".")[0], root)
    if isinstance(error, KeyError) and _is_of_environment(error):
        name = error.args[0]
        return f"the environment has no variable {name}: set it, for instance {name}=... switchback"
    return ""


def _package_hint(package: str, root: Path) -> str:
    if not package or package in sys.modules or importlib.util.find_spec(package) is not None:
        # The package is there, only not all that is imported from it. One that a program made as a bare
        # module object has no spec, and a relative name has no package.
        return ""
    folders = [folder / name / "bin" for folder in (root, *root.parents) for name in _ENVIRONMENTS]
    # A program of the project (--manage) lies beside its interpreter.
    beside = Path(sys.argv[0]).parent
    others = [
        python
        for python in (folder / "python" for folder in (beside, *folders))
        if python.is_file() and python.parent != Path(sys.executable).parent
    ]
    example = shlex.quote(str(others[0])) if others else ".venv/bin/python"
    return (
        f"{sys.executable} has no {package}: install the project's requirements there, or name the "
        f"interpreter that has them, for instance --python {example}"
    )


def _is_of_environment(error: KeyError) -> bool:
    """Return whether ``os.environ`` raised ``error``."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and frames[-1].f_code is type(os.environ).__getitem__.__code__
