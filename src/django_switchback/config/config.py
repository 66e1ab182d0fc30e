"""The options of one run, merged once from all their sources into one frozen value."""

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
"""The folder of a project's own scenarios, where no other is named."""
STDOUT = Path("-")
"""The file of a report that goes to standard output."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is to do. It may hold a password in ``databases``: its repr never shows one.

    ``project`` and every file are absolute (a report's may be :data:`STDOUT`); ``timeout`` is in seconds;
    ``acknowledge`` maps ``app.name`` to rules and reasons, ``budgets`` maps ``total``, ``migration`` and
    ``app.name`` to seconds. ``tests`` and ``dump_command`` are commands as words.
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
    sarif: Path | None
    html: Path | None
    verbose: bool
    quiet: bool
    acknowledge: dict[str, dict[str, str]]
    tests: tuple[str, ...] | None = None
    dump_command: tuple[str, ...] = ()
    budgets: dict[str, float] = {}
    time_limit: float | None = None
    """Seconds after which the whole run ends in order."""
    scenarios: Path | None = None
    """The folder of the project's own scenarios, if there is one."""
    keep: tuple[KeepTable, ...] = ()
    """What of the project a rehearsal leaves as it is."""
    named_databases: bool = True
    """Whether somebody said what to rehearse on; neither a default nor ``DATABASE_URL`` is that."""
    own_url: str = ""
    """The scheme of a ``DATABASE_URL`` for which there is no sandbox."""

    @property
    def reports(self) -> dict[str, Path]:
        """The reports that are asked for, by format."""
        return {name: path for name in REPORT_FORMATS if (path := getattr(self, name)) is not None}

    def __repr__(self) -> str:
        databases = ", ".join(map(without_password, self.databases))
        return f"<config of {str(self.project)!r}, {self.settings}, on {databases}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("databases", tuple(map(without_password, self.databases)))]


class ConflictingOptions(UsageError):
    """Two options of one source that cannot both hold."""

    def __init__(self, text: str, other: str) -> None:
        super().__init__(f"{text} contradicts {other}: leave one of them out")


class ProjectNotFound(UsageError):
    """There is no Django project where one was looked for."""

    def __init__(self, folder: Path, missing: str) -> None:
        super().__init__(
            f"no Django project in {folder}: {missing}; name the folder with manage.py by --project"
        )


class SettingsNotFound(UsageError):
    """Nothing says which settings module to use."""

    def __init__(self, manage: Path) -> None:
        super().__init__(
            f"no settings module: {manage} sets no {DJANGO_SETTINGS_MODULE}; name one by --settings, "
            "for instance --settings config.settings"
        )


def load_config(flags: Mapping[str, Any], environ: Mapping[str, str], folder: Path) -> Config:
    """Merge all sources into a :class:`Config`; ``folder`` is the current one.

    ``flags`` maps option names to what the command line said. Flags come before the environment, that
    before ``.env``, that before ``[tool.switchback]`` of ``pyproject.toml``; both files are those of the
    folder that ``--project`` names, else of the current one. Raises :class:`UsageError`.
    """
    line = read_flags(flags, folder)
    home = folder / line.values["project"] if "project" in line.values else folder
    if not home.is_dir():
        raise ProjectNotFound(home, "there is no such folder")
    settings_file = read_pyproject(home)
    sources = (line, read_variables(environ, folder, "the environment"), read_dotenv(home), settings_file)
    for source in sources:
        _refuse_conflicts(source)
    config = _config(_merge(sources), home, settings_file)
    return msgspec.structs.replace(config, named_databases=_named(sources), own_url=_own_url(sources))


def _named(sources: tuple[OptionSource, ...]) -> bool:
    """Tell whether the databases were named by somebody who had a rehearsal in mind."""
    first = next((source for source in sources if "database" in source.values), None)
    if first is None or first.unnamed:
        return False
    return not first.spelling["database"].startswith(DATABASE_URL)


def _own_url(sources: tuple[OptionSource, ...]) -> str:
    """Return the scheme of a ``DATABASE_URL`` of another kind; refuse it where nothing else is named."""
    for source in sources:
        if source.other_url is None:
            continue
        if not _named(sources):
            raise source.other_url
        return source.other_url.scheme
    return ""


def report_files(flags: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Return the reports that the flags of a command without a project ask for, by format.

    Raises :class:`UsageError`.
    """
    source = read_flags(flags, folder)
    _refuse_conflicts(source)
    files = {name: _absolute(path, folder) for name, path in source.values.items()}
    _refuse_unwritable(files)
    return files


def _refuse_conflicts(source: OptionSource) -> None:
    for group in EXCLUSIVE_OPTIONS:
        said = [source.spelling[name] for name in group if _sets(source, name)]
        if len(said) > 1:
            raise ConflictingOptions(said[0], said[1])
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
    # NOTE: never resolved. A virtual environment's Python is a link that must be called by its own name.
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


def _refuse_unspellable(what: str, path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        # Workers, databases and reports are told of it by JSON and SQL.
        raise BadValue(what, str(path), "a path that is UTF-8: give the folder another name") from error


def _scenarios(named: Path | None, project: Path) -> Path | None:
    if named is not None and not named.is_dir():
        raise BadValue("--scenarios", str(named), "a folder that exists")
    usual = project / SCENARIOS
    return named or (usual if usual.is_dir() else None)


def _refuse_unwritable(values: Mapping[str, Any]) -> None:
    # A run takes minutes: a report that has no folder to go to is refused before it, not after.
    taken: dict[Path, str] = {}
    for name in ("evidence", *REPORT_FORMATS):
        path = values.get(name)
        if path is None or (path == STDOUT and name in REPORT_FORMATS):
            continue
        if path == STDOUT or path.is_dir() or not path.parent.is_dir():
            raise BadValue(f"--{name}", str(path), "a file in a folder that exists")
        # Several links may lead to one file.
        real = path.resolve()
        if real in taken and real != Path(os.devnull):
            raise ConflictingOptions(
                f"--{taken[real]} {values[taken[real]]}", f"--{name} {path}, the same file"
            )
        taken[real] = name


def _interpreter(named: str | None) -> str:
    if named is None:
        return sys.executable
    found = shutil.which(Path(named).expanduser())
    if found is None:
        raise BadValue("--python", named, "an interpreter that can be executed")
    return os.path.abspath(found)  # noqa: PTH100


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def settings_of(manage: Path) -> str:
    """Return the settings module that a ``manage.py`` sets, read and never run.

    Raises :class:`SettingsNotFound` where it sets none and :class:`UnreadableSettings` where it is no Python.
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
