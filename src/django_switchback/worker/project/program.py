"""Runs the project's own program (``--manage``) until it hands over to Django's commands.

Such a program does more than ``manage.py``: it loads a configuration file as a module, adds databases to the
settings, or sets up plugins. Therefore it runs in the process itself, where all of that stays, with the
arguments of its ``migrate``; Django's own part of ``migrate`` is left out.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import msgspec
from django import conf
from django.conf import ENVIRONMENT_VARIABLE, Settings, global_settings
from django.core.management import ManagementUtility

from django_switchback.errors import UsageError
from django_switchback.worker.project.seen_settings import attributes_of_settings
from django_switchback.worker.protocol import Program
from django_switchback.worker.replacements.settings import read_replacement_environment, replace_settings

PROGRAM_VARIABLE = "SWITCHBACK_PROGRAM"
"""Holds the :class:`Program` for processes that run its commands."""
CONFIGURED_MODULE = "switchback_configured_settings"
"""The name of a module with the settings of a program that calls ``settings.configure``."""
TRIED_COMMAND = "migrate"


class ProgramEnded(UsageError):
    """Reports a program that ends without running Django's commands."""

    def __init__(self, program: Program, status: object) -> None:
        typed = " ".join(program.typed)
        how = f" (with {status!r})" if status not in {None, 0} else ""
        super().__init__(
            f"{typed} {TRIED_COMMAND} ended before it called Django's {TRIED_COMMAND}{how}: expected the "
            "program, with all words before the name of a command, that runs Django's commands, for instance "
            '--manage "sentry django"'
        )


class NoSettings(UsageError):
    """Reports a program that hands over to Django's commands without settings."""

    def __init__(self, program: Program) -> None:
        super().__init__(
            f"{' '.join(program.typed)} called Django without settings (it sets no {ENVIRONMENT_VARIABLE}): "
            "name them by --settings, for instance --settings config.settings"
        )


class OtherSettings(UsageError):
    """Reports a program that uses other settings than ``--settings`` names."""

    def __init__(self, program: Program, named: str, used: str) -> None:
        super().__init__(
            f"{' '.join(program.typed)} sets {ENVIRONMENT_VARIABLE} to {used}, whatever is named: leave "
            f"--settings {named} out"
        )


class _DjangoCalled(BaseException):
    """Leaves the program where it called Django; not an ``Exception``, which the program may catch."""


def set_up_by_program(program: Program, named: str) -> str:
    """Run ``program`` until it calls Django; return its settings module. ``named`` is that of ``--settings``.

    Exceptions of the program are not caught. Raises :class:`ProgramEnded`, :class:`NoSettings` and
    :class:`OtherSettings`.
    """
    program = msgspec.structs.replace(program, settings=named or program.settings)
    os.environ[PROGRAM_VARIABLE] = msgspec.json.encode(program).decode()

    def stop(_: ManagementUtility) -> NoReturn:
        raise _DjangoCalled

    status: object = None
    try:
        run_program(program, (TRIED_COMMAND,), stop)
    except _DjangoCalled:
        module = settings_module()
        if not module:
            raise NoSettings(program) from None
        if named and module != named:
            raise OtherSettings(program, named, module) from None
        return module
    except SystemExit as end:
        status = end.code
    raise ProgramEnded(program, status)


def run_program(
    program: Program, words: Sequence[str], on_django: Callable[[ManagementUtility], None]
) -> None:
    """Run ``program`` with ``words``; where it hands over to Django's commands, ``on_django`` is called."""
    os.environ.pop(ENVIRONMENT_VARIABLE, None)
    if program.settings:
        os.environ[ENVIRONMENT_VARIABLE] = program.settings
    original = ManagementUtility.execute

    def execute(self: ManagementUtility) -> None:
        ManagementUtility.execute = original  # type: ignore[method-assign]  # the first call only
        on_django(self)

    ManagementUtility.execute = execute  # type: ignore[method-assign]  # as long as the program runs
    first, *further = program.words
    try:
        if first == "-m":
            module, *further = further
            sys.argv = [module, *further, *words]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        else:
            sys.argv = [first, *further, *words]
            if not sys.flags.safe_path:
                # What Python itself puts there: the program's folder, not the current one.
                sys.path[0] = str(Path(first).resolve().parent)
            runpy.run_path(first, run_name="__main__")
    finally:
        ManagementUtility.execute = original  # type: ignore[method-assign]  # as it was


def settings_module() -> str:
    """Return the settings module of the program that has run, with what it set in Django's settings."""
    name = os.environ.get(ENVIRONMENT_VARIABLE, "")
    if not conf.settings.configured:
        return name
    loaded = conf.settings._wrapped
    if not isinstance(loaded, Settings):
        module = ModuleType(CONFIGURED_MODULE)
        vars(module).update(attributes_of_settings(loaded))
        sys.modules[CONFIGURED_MODULE] = module
        return CONFIGURED_MODULE
    module = import_module(name)
    own = {**vars(global_settings), **vars(module)}
    replaced = replace_settings(own, *read_replacement_environment(os.environ))
    for key, value in vars(loaded).items():
        if key.isupper() and key not in replaced and value is not own.get(key):
            setattr(module, key, value)
    return name


def package_of_program(program: Program) -> str:
    """Return the package that the program is part of; empty if the file belongs to no installed one.

    Empty for Django's own programs too: its apps are not the project's.
    """
    first, *further = program.words
    if first == "-m":
        module = further[0]
    else:
        points = entry_points(group="console_scripts", name=Path(first).name)
        module = next((point.module for point in points), "")
    package = module.partition(".")[0]
    return "" if package == "django" else package
