"""Merge the options of a run from all sources into one frozen :class:`Config`."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from django_switchback.config.kinds import BadValue, without_password
from django_switchback.config.options import EXCLUSIVE_OPTIONS, REPORT_FORMATS
from django_switchback.config.programs import command_of_program, django_programs
from django_switchback.config.projects import NO_MANAGE_FILE, ProjectNotFound, find_project, settings_of
from django_switchback.config.sources import (
    DATABASE_URL,
    STDOUT,
    Setting,
    Source,
    absolute,
    expand_user,
    read_dotenv,
    read_options,
    read_pyproject,
    read_variables,
)
from django_switchback.config.tables import AcknowledgementEntry, KeepTable, SeverityEntry
from django_switchback.errors import UsageError

__all__ = ["STDOUT", "Config", "ConflictingOptions", "load_config", "report_files"]

OWN_URL_EXPECTED = (
    "a postgresql:// or sqlite:// URL; to rehearse a project of another engine on SQLite or PostgreSQL, name "
    "one of them by --database"
)
_FIELDS = {
    "database": "databases",
    "app": "apps",
    "migration": "migrations",
    "jobs": "max_jobs",
    DATABASE_URL: "own_url",
}
NO_CACHE = "no-cache"
SCENARIOS = "migration_scenarios"
"""The default folder of a project's scenarios."""


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Holds the options of a run. Its repr hides the passwords that ``databases`` may contain.

    ``project`` and all files are absolute paths (a report's may be :data:`STDOUT`); ``timeout`` is in s;
    ``acknowledge`` maps ``app.name`` to acknowledgements by rule, ``budgets`` maps ``total``, ``migration``
    and ``app.name`` to seconds. ``tests`` and ``dump_command`` are commands, split into words.
    """

    project: Path
    settings: str
    """The settings module; empty if the program of ``manage`` sets it."""
    initial_settings: str = ""
    """What the program of ``manage`` finds in ``DJANGO_SETTINGS_MODULE``, if no option names the module."""
    python: str
    manage: tuple[str, ...] = ()
    """The project's own program in place of ``manage.py``, as it is typed."""
    program: tuple[str, ...] = ()
    """The same as arguments of the interpreter: a file, or ``-m`` and a module, and further words."""
    databases: tuple[str, ...] = ("sqlite", "postgresql")
    apps: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    last: int = 5
    all: bool = False
    since: str | None = None
    timeout: float = 60.0
    time_limit: float | None = None
    """Seconds after which the run is stopped; finished results are reported."""
    rows: int | None = None
    scenarios: Path | None = None
    """The folder of the project's scenarios, if it exists."""
    seed: int = 0
    max_jobs: int | None = None
    """What ``--jobs`` says."""
    shard: tuple[int, int] | None = None
    """The number of the shard to rehearse, and how many there are."""
    cluster: str | None = None
    """The address of a Dask scheduler, or the path of its file; ``None`` rehearses on this machine."""
    shard_weights: tuple[Path, ...] = ()
    """Evidence logs of earlier runs, by whose durations the plan is divided."""
    durations: tuple[tuple[str, str, float], ...] = ()
    """The same durations, by database and target, without the logs; set by ``--cluster``."""
    fail_on: Literal["error", "warning"] = "error"
    baseline: Path | None = None
    """The file of the findings that do not fail the run."""
    no_deploy_window: bool = False
    """Whether the rules of the deploy window are left out, with all that they take."""
    cycles_only: bool = False
    """Whether nothing is tried beside the steps of each cycle; set by checks that judge these alone."""
    hot_tables: tuple[str, ...] = ()
    """Tables on which even a brief lock needs a ``lock_timeout``, as ``app.Model`` or by name."""
    evidence: Path | None = None
    json: Path | None = None
    junit: Path | None = None
    markdown: Path | None = None
    html: Path | None = None
    github: Path | None = None
    gitlab: Path | None = None
    sarif: Path | None = None
    cache: Path | None = None
    """The folder in which results are kept; ``None``: none are kept, and none are used."""
    changed: frozenset[str] | None = None
    """Paths relative to ``project``: only the migrations in these files; set by ``--watch``."""
    verbose: bool = False
    quiet: bool = False
    tests: tuple[str, ...] | None = None
    dump_command: tuple[str, ...] = ()
    acknowledge: dict[str, dict[str, AcknowledgementEntry]] = {}
    budgets: dict[str, float] = {}
    severity: tuple[SeverityEntry, ...] = ()
    keep: tuple[KeepTable, ...] = ()
    """Which of the project's storages, mail and caches are not replaced."""
    named_databases: bool = True
    """Whether an option named the databases, rather than a default or ``DATABASE_URL``."""
    own_url: str = ""
    """The scheme of a ``DATABASE_URL`` for an engine without sandboxes."""

    @property
    def jobs(self) -> int:
        """The number of parallel workers, by default that of the processors of this machine."""
        return self.max_jobs or _processors()

    @property
    def reports(self) -> dict[str, Path]:
        """The files of the requested reports, by format."""
        return {name: path for name in REPORT_FORMATS if (path := getattr(self, name)) is not None}

    def __repr__(self) -> str:
        databases = ", ".join(map(without_password, self.databases))
        return f"<config of {str(self.project)!r}, {self.settings}, on {databases}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("databases", tuple(map(without_password, self.databases)))]


class ConflictingOptions(UsageError):
    """Reports two mutually exclusive options of one source."""

    def __init__(self, text: str, other: str) -> None:
        super().__init__(f"{text} contradicts {other}: leave one of them out")


def load_config(flags: Mapping[str, Any], environ: Mapping[str, str], folder: Path) -> Config:
    """Merge all sources into a :class:`Config`; ``folder`` is the current directory.

    ``flags`` maps option names to texts, tuples of texts or booleans of the command line; ``no-cache``, which
    no other source has, unsets ``cache``. Precedence: flags,
    the environment, ``.env``, ``[tool.switchback]`` of ``pyproject.toml``. Both files are read from the
    folder that ``--project`` names, else from ``folder``. Raises :class:`UsageError`.
    """
    uncached = bool(flags.get(NO_CACHE))
    if uncached and flags.get("cache"):
        raise ConflictingOptions(f"--{NO_CACHE}", "--cache")
    command_line = _command_line(flags, folder)
    home: Path = command_line["project"].value if "project" in command_line else folder
    if not home.is_dir():
        raise ProjectNotFound(home, "there is no such folder")
    environment = read_variables(environ, "the environment", folder)
    settings = _merge(command_line, environment, read_dotenv(home), read_pyproject(home))
    named = "database" in settings and settings["database"].named
    if DATABASE_URL in settings and not named:
        raise BadValue(settings[DATABASE_URL].where, f"{settings[DATABASE_URL].value}:…", OWN_URL_EXPECTED)
    _refuse_unwritable(settings)
    python = _interpreter(settings.get("python"))
    own_program = "manage" in settings
    project = _project(settings, home, python)
    values = {_FIELDS.get(name, name.replace("-", "_")): setting.value for name, setting in settings.items()}
    if "cluster" in values:
        values["cluster"] = str(values["cluster"])
    if own_program:
        program = settings["manage"]
        values["program"] = command_of_program(program.value, python, program.where, project)
        if "settings" in settings and not settings["settings"].named:
            # The program finds the variable in its environment, and may set another module.
            values["initial_settings"] = values.pop("settings")
        values.setdefault("settings", "")
    elif "settings" not in values:
        values["settings"] = settings_of(project / "manage.py")
    return Config(
        **values
        | {
            "project": project,
            "python": python,
            "scenarios": _scenarios(settings.get("scenarios"), project),
            "named_databases": named,
            "cache": None if uncached else values.get("cache"),
        }
    )


def report_files(flags: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Return the files of the requested reports, by format, for a command without a project.

    Raises :class:`UsageError`.
    """
    settings = _command_line(flags, folder)
    _refuse_unwritable(settings)
    return {name: setting.value for name, setting in settings.items()}


def _command_line(flags: Mapping[str, Any], folder: Path) -> Source:
    given = {
        name: value for name, value in flags.items() if value not in (None, (), False) and name != NO_CACHE
    }
    return read_options(given, "--{}".format, folder)


def _merge(*sources: Source) -> Source:
    """Merge the settings of ``sources``, the first taking precedence."""
    open_names = []
    closed: set[str] = set()
    for source in sources:
        open_names.append({name: setting for name, setting in source.items() if name not in closed})
        for group in EXCLUSIVE_OPTIONS:
            rivals = [source[name].where for name in group if name in source and source[name].value]
            if len(rivals) > 1:
                raise ConflictingOptions(rivals[0], rivals[1])
            closed.update(group if rivals else ())
        if "migration" in source:
            closed.add("app")
    return dict(ChainMap(*open_names))


def _project(settings: Source, home: Path, python: str) -> Path:
    """Return the project's folder: with a program of its own the current one, unless an option names it."""
    named: Path | None = settings["project"].value if "project" in settings else None
    folder = named or absolute(home)
    if not folder.is_dir():
        raise ProjectNotFound(folder, "there is no such folder")
    if "manage" not in settings:
        project = folder if named else find_project(folder)
        if project is None or not (project / "manage.py").is_file():
            missing = "it has no manage.py" if named else NO_MANAGE_FILE
            module = settings["settings"].value if "settings" in settings else ""
            raise ProjectNotFound(folder, missing, django_programs(python, module, folder))
        folder = project
    _refuse_other_encodings(folder)
    return folder


def _refuse_other_encodings(folder: Path) -> None:
    temporary = Path(tempfile.gettempdir())
    for option, path in (("--project", folder), ("the folder for temporary files (TMPDIR)", temporary)):
        try:
            str(path).encode()
        except UnicodeEncodeError as error:
            # The path is sent to workers, databases and reports as JSON and SQL.
            raise BadValue(option, str(path), "a path in UTF-8: rename the folder") from error


def _scenarios(setting: Setting | None, project: Path) -> Path | None:
    if setting is None:
        return default if (default := project / SCENARIOS).is_dir() else None
    folder: Path = setting.value
    if not folder.is_dir():
        raise BadValue(setting.where, str(folder), "a folder that exists")
    return folder


def _refuse_unwritable(settings: Source) -> None:
    # A run takes minutes, so an unwritable report is refused before it starts.
    options: dict[Path, str] = {}
    for name in ("evidence", *REPORT_FORMATS):
        if name not in settings:
            continue
        path: Path = settings[name].value
        to_stdout = path == STDOUT and name in REPORT_FORMATS
        if not to_stdout and (path == STDOUT or path.is_dir() or not path.parent.is_dir()):
            raise BadValue(settings[name].where, str(path), "a file in a folder that exists")
        # Several symlinks may point to one file.
        target = path if to_stdout else path.resolve()
        if target in options and target != Path(os.devnull):
            same = "" if to_stdout else ", the same file"
            raise ConflictingOptions(options[target], f"{settings[name].where} {path}{same}")
        options[target] = f"{settings[name].where} {path}"


def _interpreter(setting: Setting | None) -> str:
    if setting is None:
        return sys.executable
    path = shutil.which(expand_user(setting.value))
    if path is None:
        raise BadValue(setting.where, without_password(setting.value), "an executable interpreter")
    return str(absolute(Path(path)))
