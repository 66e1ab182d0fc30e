"""Read options from the command line, the environment, ``.env`` and ``pyproject.toml``."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from django_switchback.config.kinds import BadValue, url_scheme
from django_switchback.config.options import ALL_OPTIONS, OPTIONS, Option
from django_switchback.config.tables import TABLES
from django_switchback.errors import InvalidDatabaseUrl, UsageError

STDOUT = Path("-")
"""The path that stands for standard output."""
DATABASE_URL = "DATABASE_URL"
DJANGO_SETTINGS_MODULE = "DJANGO_SETTINGS_MODULE"
OPTION_VARIABLES = {option.variable: option for option in ALL_OPTIONS}
VARIABLES = {
    **OPTION_VARIABLES,
    DATABASE_URL: OPTIONS["database"],
    DJANGO_SETTINGS_MODULE: OPTIONS["settings"],
}
"""The option of every environment variable that Switchback reads; of two for one option, the first counts."""
UNNAMED = "SWITCHBACK_DATABASE_UNNAMED"
"""Set by ``all-checks`` for its child processes when no option named the databases."""
POSTGRESQL_SCHEMES = ("postgres", "postgresql")


class UnknownKey(UsageError):
    """Reports a key in a source that matches no option."""

    def __init__(self, where: str, names: Iterable[str], key: str) -> None:
        matches = difflib.get_close_matches(key, tuple(names), n=1)
        super().__init__(f"unknown option {where}" + (f": did you mean {matches[0]}?" if matches else ""))


class UnreadableSettings(UsageError):
    """Reports a settings file that cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}")


class Setting(NamedTuple):
    """Holds the value of an option, and for messages which option of which source set it."""

    value: Any
    where: str
    named: bool = True
    """Whether an option set it, rather than ``DATABASE_URL``, ``DJANGO_SETTINGS_MODULE`` or a default.

    ``all-checks`` hands on such a default."""


Source: TypeAlias = dict[str, Setting]
"""Settings by option name, by :data:`TABLES`, and by :data:`DATABASE_URL` the scheme of another engine."""


def read_options(values: Mapping[str, Any], spell: Callable[[str], str], base: Path) -> Source:
    """Parse the values of options by name; ``spell`` returns an option's name in this source.

    Relative paths start from the folder ``base``. Raises :class:`BadValue`.
    """
    return {name: _setting(OPTIONS[name], value, spell(name), base) for name, value in values.items()}


def _setting(option: Option, value: Any, where: str, base: Path) -> Setting:
    if not option.repeatable:
        return Setting(_parse(option, value, where, base), where)
    values = value if isinstance(value, list | tuple) else (value,)
    return Setting(tuple(dict.fromkeys(_parse(option, item, where, base) for item in values)), where)


def _parse(option: Option, value: Any, where: str, base: Path) -> Any:
    try:
        parsed = option.kind.parse(value, where)
    except BadValue:
        if option.name == "database" and url_scheme(str(value)) in POSTGRESQL_SCHEMES:
            raise InvalidDatabaseUrl(where) from None
        raise
    # NOTE: not resolved: a virtual environment's Python is a symlink that must be run by its own path.
    return absolute(base / parsed) if isinstance(parsed, Path) and parsed != STDOUT else parsed


def expand_user(path: str) -> Path:
    """Replace ``~`` and ``~user`` at the beginning of ``path``; a user who does not exist stays in it."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  Path.expanduser() raises for such a user


def absolute(path: Path) -> Path:
    """Return ``path`` without ``..``; symlinks stay as they are."""
    return Path(os.path.abspath(path))


def read_variables(variables: Mapping[str, str | None], place: str, base: Path) -> Source:
    """Read ``SWITCHBACK_*``, ``DATABASE_URL`` and ``DJANGO_SETTINGS_MODULE``; ``place`` is for messages.

    An empty variable counts as unset. Raises :class:`UnknownKey` and :class:`BadValue`.
    """
    texts = {key: text.strip() for key, text in variables.items() if text and text.strip()}
    for key in texts:
        if key.startswith("SWITCHBACK_") and key not in VARIABLES and key != UNNAMED:
            raise UnknownKey(f"{key} in {place}", VARIABLES, key)
    source: Source = {}
    scheme = url_scheme(texts.get(DATABASE_URL, ""))
    if scheme == "sqlite":
        # The file that the URL names is never opened.
        texts[DATABASE_URL] = scheme
    elif scheme not in POSTGRESQL_SCHEMES and texts.pop(DATABASE_URL, ""):
        source[DATABASE_URL] = Setting(scheme, f"{DATABASE_URL} in {place}")
    for key, option in VARIABLES.items():
        if key in texts and option.name not in source:
            setting = _variable(option, key, texts[key], f"{key} in {place}", base)
            default = option.name == "database" and UNNAMED in texts
            named = key in OPTION_VARIABLES and not default
            source[option.name] = setting._replace(named=named)
    return source


def _variable(option: Option, key: str, text: str, where: str, base: Path) -> Setting:
    words = text.split() if option.repeatable and key != DATABASE_URL else text
    try:
        return _setting(option, words, where, base)
    except BadValue:
        # A blank may be part of a URL's password.
        if option.name == "database" and "://" in text:
            raise InvalidDatabaseUrl(where) from None
        raise


def read_dotenv(folder: Path) -> Source:
    """Read ``.env`` in ``folder``, if it exists, without changing ``os.environ``."""
    path = folder / ".env"
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        variables = dotenv_values(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableSettings(path, str(error)) from error
    return read_variables(variables, str(path), folder)


def read_pyproject(folder: Path) -> Source:
    """Read ``[tool.switchback]`` of ``pyproject.toml`` in ``folder``, if it exists."""
    path = folder / "pyproject.toml"
    if not path.is_file():
        return {}
    try:
        tools = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableSettings(path, str(error)) from error
    table = tools.get("switchback", {}) if isinstance(tools, dict) else None
    if not isinstance(table, dict):
        raise UnreadableSettings(path, "'tool' or [tool.switchback] is not a table")
    where = {key: f"{key!r} in [tool.switchback] of {path}" for key in table}
    names = (*OPTIONS, *TABLES)
    for key in table:
        if key not in names:
            raise UnknownKey(where[key], names, key)
    options = {key: value for key, value in table.items() if key in OPTIONS}
    tables = {
        key: Setting(read(table[key], where[key]), where[key]) for key, read in TABLES.items() if key in table
    }
    return read_options(options, where.__getitem__, folder) | tables
