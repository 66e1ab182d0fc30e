"""Merge the options of a run from all sources into one frozen :class:`Config`."""

from __future__ import annotations

import ast
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from django_switchback.config.options import ALL_OPTIONS, EXCLUSIVE_OPTIONS, REPORT_FORMATS, BadValue
from django_switchback.config.sources import (
    DATABASE_URL,
    DJANGO_SETTINGS_MODULE,
    KeepTable,
    OptionSource,
    UnreadableSettings,
    read_dotenv,
    read_flags,
    read_pyproject,
    read_variables,
    without_password,
)
from django_switchback.errors import UsageError

SCENARIOS = "migration_scenarios"
"""The default folder of a project's scenarios."""
STDOUT = Path("-")
"""The path that stands for standard output."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Holds the options of a run. Its repr hides the passwords that ``databases`` may contain.

    ``project`` and all files are absolute paths (a report's may be :data:`STDOUT`); ``timeout`` is in s;
    ``acknowledge`` maps ``app.name`` to rules and reasons, ``budgets`` maps ``total``, ``migration`` and
    ``app.name`` to seconds. ``tests`` and ``dump_command`` are commands, split into words.
    """

    project: Path
    settings: str
    python: str
    databases: tuple[str, ...]
    apps: tuple[str, ...]
    migrations: tuple[str, ...]
    last: int
    all: bool
    since: str | None
    timeout: float
    rows: int | None
    seed: int
    jobs: int
    fail_on: Literal["error", "warning"]
    evidence: Path | None
    json: Path | None
    junit: Path | None
    markdown: Path | None
    verbose: bool
    quiet: bool
    acknowledge: dict[str, dict[str, str]]
    tests: tuple[str, ...] | None = None
    dump_command: tuple[str, ...] = ()
    budgets: dict[str, float] = {}
    time_limit: float | None = None
    """Seconds after which the run is stopped; finished results are reported."""
    scenarios: Path | None = None
    """The folder of the project's scenarios, if it exists."""
    keep: tuple[KeepTable, ...] = ()
    """Which of the project's storages, mail and caches are not replaced."""
    named_databases: bool = True
    """Whether an option named the databases, rather than a default or ``DATABASE_URL``."""
    own_url: str = ""
    """The scheme of a ``DATABASE_URL`` for an engine without sandboxes."""

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


class ProjectNotFound(UsageError):
    """Reports a folder without a Django project."""

    def __init__(self, folder: Path, missing: str) -> None:
        super().__init__(
            f"no Django project in {folder}: {missing}; name the folder with manage.py by --project"
        )


class SettingsNotFound(UsageError):
    """Reports a project whose settings module is unknown."""

    def __init__(self, manage: Path) -> None:
        super().__init__(
            f"no settings module: {manage} sets no {DJANGO_SETTINGS_MODULE}; name one by --settings, "
            "for instance --settings config.settings"
        )


def load_config(flags: Mapping[str, Any], environ: Mapping[str, str], folder: Path) -> Config:
    """Merge all sources into a :class:`Config`; ``folder`` is the current directory.

    ``flags`` maps option names to values of the command line. Precedence: flags, the environment, ``.env``,
    ``[tool.switchback]`` of ``pyproject.toml``. Both files are read from the folder that ``--project``
    names, else from ``folder``. Raises :class:`UsageError`.
    """
    command_line = read_flags(flags, folder)
    home = folder / command_line.values["project"] if "project" in command_line.values else folder
    if not home.is_dir():
        raise ProjectNotFound(home, "there is no such folder")
    settings_file = read_pyproject(home)
    environment = read_variables(environ, folder, "the environment")
    sources = (command_line, environment, read_dotenv(home), settings_file)
    for source in sources:
        _refuse_conflicts(source)
    config = _config(_merge(sources), home, settings_file)
    return msgspec.structs.replace(config, named_databases=_named(sources), own_url=_own_url(sources))


def _named(sources: tuple[OptionSource, ...]) -> bool:
    """Return whether an option, rather than ``DATABASE_URL``, named the databases."""
    first = next((source for source in sources if "database" in source.values), None)
    if first is None or first.unnamed:
        return False
    return not first.spelling["database"].startswith(DATABASE_URL)


def _own_url(sources: tuple[OptionSource, ...]) -> str:
    """Return the scheme of a ``DATABASE_URL`` for another engine; raise if no option names a database."""
    for source in sources:
        if source.other_url is None:
            continue
        if not _named(sources):
            raise source.other_url
        return source.other_url.scheme
    return ""


def report_files(flags: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Return the files of the requested reports, by format, for a command without a project.

    Raises :class:`UsageError`.
    """
    source = read_flags(flags, folder)
    _refuse_conflicts(source)
    files = {name: _absolute(path, folder) for name, path in source.values.items()}
    _refuse_unwritable(files)
    return files


def _refuse_conflicts(source: OptionSource) -> None:
    for group in EXCLUSIVE_OPTIONS:
        names = [source.spelling[name] for name in group if _sets(source, name)]
        if len(names) > 1:
            raise ConflictingOptions(names[0], names[1])
    to_stdout = [source.spelling[name] for name in REPORT_FORMATS if source.values.get(name) == STDOUT]
    if len(to_stdout) > 1:
        raise ConflictingOptions(f"{to_stdout[0]} -", f"{to_stdout[1]} -")


def _sets(source: OptionSource, name: str) -> bool:
    return source.values.get(name) not in (None, False)


def _merge(sources: tuple[OptionSource, ...]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    closed: set[str] = set()
    for source in sources:
        for name, value in source.values.items():
            if name not in closed:
                merged[name] = _absolute(value, source.base)
        closed |= set(source.values)
        for group in EXCLUSIVE_OPTIONS:
            if any(_sets(source, name) for name in group):
                closed |= set(group)
        if _sets(source, "migration"):
            closed.add("app")
    return merged


def _absolute(value: Any, base: Path) -> Any:
    # NOTE: not resolved: a virtual environment's Python is a symlink that must be run by its own path.
    return Path(os.path.abspath(base / value)) if isinstance(value, Path) and value != STDOUT else value  # noqa: PTH100


def _config(merged: dict[str, Any], home: Path, settings_file: OptionSource) -> Config:
    values = {option.field: merged.get(option.name, option.default) for option in ALL_OPTIONS}
    project = values.pop("project") or _absolute(Path(), home)
    manage = project / "manage.py"
    if not project.is_dir():
        raise ProjectNotFound(project, "there is no such folder")
    if not manage.is_file():
        raise ProjectNotFound(project, "it has no manage.py")
    _refuse_unspellable("--project", project)
    _refuse_unspellable("the folder for temporary files (TMPDIR)", Path(tempfile.gettempdir()))
    _refuse_unwritable(values)
    return Config(
        project=project,
        settings=values.pop("settings") or settings_of(manage),
        python=_interpreter(values.pop("python")),
        databases=values.pop("database"),
        apps=values.pop("app"),
        migrations=values.pop("migration"),
        jobs=values.pop("jobs") or _processors(),
        acknowledge={migration: dict(reasons) for migration, reasons in settings_file.acknowledge.items()},
        budgets=dict(settings_file.budgets),
        keep=settings_file.keep,
        scenarios=_scenarios(values.pop("scenarios"), project),
        **values,
    )


def _refuse_unspellable(option: str, path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        # The path is sent to workers, databases and reports as JSON and SQL.
        raise BadValue(option, str(path), "a path in UTF-8: rename the folder") from error


def _scenarios(folder: Path | None, project: Path) -> Path | None:
    if folder is not None and not folder.is_dir():
        raise BadValue("--scenarios", str(folder), "a folder that exists")
    default = project / SCENARIOS
    return folder or (default if default.is_dir() else None)


def _refuse_unwritable(values: Mapping[str, Any]) -> None:
    # A run takes minutes, so an unwritable report is refused before it starts.
    options: dict[Path, str] = {}
    for name in ("evidence", *REPORT_FORMATS):
        path = values.get(name)
        if path is None or (path == STDOUT and name in REPORT_FORMATS):
            continue
        if path == STDOUT or path.is_dir() or not path.parent.is_dir():
            raise BadValue(f"--{name}", str(path), "a file in a folder that exists")
        # Several symlinks may point to one file.
        target = path.resolve()
        if target in options and target != Path(os.devnull):
            raise ConflictingOptions(
                f"--{options[target]} {values[options[target]]}", f"--{name} {path}, the same file"
            )
        options[target] = name


def _interpreter(program: str | None) -> str:
    if program is None:
        return sys.executable
    path = shutil.which(Path(program).expanduser())
    if path is None:
        raise BadValue("--python", program, "an executable interpreter")
    return os.path.abspath(path)  # noqa: PTH100


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def settings_of(manage: Path) -> str:
    """Parse ``manage.py``, without running it, and return the settings module that it sets.

    Raises :class:`SettingsNotFound` if there is none, :class:`UnreadableSettings` for a syntax error.
    """
    try:
        tree = ast.parse(manage.read_bytes(), filename=str(manage))
    except (OSError, SyntaxError, ValueError) as error:
        raise UnreadableSettings(manage, str(error)) from error
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="setdefault"),
                args=[ast.Constant(value="DJANGO_SETTINGS_MODULE"), ast.Constant(value=str(module))],
            ):
                return module
            case ast.Assign(
                targets=[ast.Subscript(slice=ast.Constant(value="DJANGO_SETTINGS_MODULE"))],
                value=ast.Constant(value=str(module)),
            ):
                return module
    raise SettingsNotFound(manage)
