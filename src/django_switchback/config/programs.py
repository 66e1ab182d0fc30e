"""Find the programs that run Django's commands in place of ``manage.py`` (``--manage``)."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path

from django_switchback.config.kinds import BadValue, without_password
from django_switchback.config.sources import DJANGO_SETTINGS_MODULE, expand_user

_CALLS = (b"execute_from_command_line", b"ManagementUtility")
"""What the module of a program that runs Django's commands mentions."""
_SETTINGS = DJANGO_SETTINGS_MODULE.encode()


def command_of_program(words: Sequence[str], python: str, where: str, folder: Path) -> tuple[str, ...]:
    """Return ``words`` as arguments of the interpreter: a file, or ``-m`` and a module, and further words.

    ``python`` with any version stands for the interpreter. A program without a slash is one beside the
    interpreter, or on the ``PATH``; with a slash it is a file relative to ``folder``. Raises
    :class:`BadValue` unless it is written in Python.
    """
    program, *further = words
    if _is_python(program):
        if further[0:1] == ["-m"] and any(further[1:2]):
            return tuple(further)
        if not further or not further[0] or further[0].startswith("-"):
            raise BadValue(where, program, f"a file after {program}, or -m and a module")
        program, *further = further
        file: Path | None = folder / expand_user(program)
    elif "/" in program:
        file = folder / expand_user(program)
    else:
        beside = Path(python).parent / program
        found = shutil.which(program)
        file = beside if beside.is_file() else Path(found) if found else None
    if file is None or not file.is_file():
        raise BadValue(where, *_not_found(program, python))
    if _is_python(file.name):
        raise BadValue(where, program, f"{file.name} without its folder: --python names the interpreter")
    try:
        ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError) as error:
        raise BadValue(where, program, f"a program written in Python, unlike {file}") from error
    return (str(file), *further)


def _is_python(name: str) -> bool:
    return re.fullmatch(r"python(3(\.\d+)?)?", name) is not None


def _not_found(program: str, python: str) -> tuple[str, str]:
    """Return what is shown of a program that does not exist, and what is expected in its place."""
    variable, assigns, _ = program.partition("=")
    if assigns and variable.isidentifier():
        return f"{variable}=…", f"a program; set {variable} in the environment"
    expected = f"a program beside {python}, on the PATH, or a path to one"
    return without_password(program), f"{expected}{_hint(django_programs(python, ''))}"


def _hint(programs: tuple[str, ...]) -> str:
    return f", such as {', '.join(programs)}" if programs else ""


def django_programs(python: str, settings: str, folder: Path | None = None) -> tuple[str, ...]:
    """Return the packages in ``folder`` that run Django's commands, or the installed programs that do.

    Of those installed for ``python``, Django's own are left out; if the package of the module ``settings``
    has some, all others are. Nothing is imported.
    """
    files = [] if folder is None else sorted(folder.glob("*/__main__.py"))
    own = tuple(f"python -m {file.parent.name}" for file in files if _runs_django(file))
    if own:
        return own
    found = {
        program: package
        for distribution in distributions(path=_library_folders(python))
        if distribution.metadata["Name"] != "Django"
        for program, package, modules in (*_scripts(distribution), *_runnable_packages(distribution))
        if any(map(_runs_django, modules))
    }
    package = settings.partition(".")[0]
    return tuple(
        sorted(name for name, top in found.items() if package not in found.values() or top == package)
    )


def _library_folders(python: str) -> list[str]:
    if python == sys.executable:
        return sys.path
    return [str(path) for path in Path(python).parent.parent.glob("lib/python3*/site-packages")]


def _scripts(distribution: Distribution) -> Iterator[tuple[str, str, list[Path]]]:
    """Yield the console scripts of a distribution, with the package and the files of each."""
    for point in distribution.entry_points:
        if point.group == "console_scripts":
            path = point.module.replace(".", "/")
            modules = _files(distribution, f"{path}.py", f"{path}/__init__.py")
            yield point.name, point.module.partition(".")[0], modules


def _runnable_packages(distribution: Distribution) -> Iterator[tuple[str, str, list[Path]]]:
    """Yield the packages of a distribution that ``python -m`` runs, with their files."""
    for file in distribution.files or ():
        if file.name == "__main__.py" and len(file.parts) == 2:
            yield f"python -m {file.parts[0]}", file.parts[0], _files(distribution, str(file))


def _files(distribution: Distribution, *names: str) -> list[Path]:
    files = (Path(str(distribution.locate_file(name))) for name in names)
    return [file for file in files if file.is_file()]


def _runs_django(module: Path) -> bool:
    text = module.read_bytes()
    # Without settings they are programs that start projects, such as Wagtail's.
    return _SETTINGS in text and any(call in text for call in _CALLS)
