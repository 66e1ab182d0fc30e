"""Read options from the command line, the environment, ``.env`` and ``pyproject.toml``."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from django_switchback.config.options import (
    ALL_OPTIONS,
    DATABASE_PATTERN,
    MIGRATION_PATTERN,
    BadValue,
    Option,
    seconds,
    text_matching,
)
from django_switchback.errors import InvalidDatabaseUrl, UsageError

DATABASE_URL = "DATABASE_URL"
DJANGO_SETTINGS_MODULE = "DJANGO_SETTINGS_MODULE"
VARIABLES = (*(option.variable for option in ALL_OPTIONS), DATABASE_URL, DJANGO_SETTINGS_MODULE)
"""Every environment variable that Switchback reads."""
UNNAMED = "SWITCHBACK_DATABASE_UNNAMED"
"""Set by ``all-checks`` for its child processes when no option named the databases."""
TABLES = ("acknowledge", "budgets", "keep")
"""Tables of ``[tool.switchback]``, which are not options."""
KeepTable: TypeAlias = Literal["storage", "mail", "caches"]


class UnknownKey(UsageError):
    """Reports a key in a source that matches no option."""

    def __init__(self, where: str, names: Iterable[str], key: str) -> None:
        matches = difflib.get_close_matches(key, tuple(names), n=1)
        super().__init__(f"unknown option {where}" + (f": did you mean {matches[0]}?" if matches else ""))


class UnreadableSettings(UsageError):
    """Reports a settings file that cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}")


class OtherUrl(UsageError):
    """Reports a ``DATABASE_URL`` for an engine without sandboxes."""

    def __init__(self, where: str, scheme: str) -> None:
        super().__init__(
            f"invalid value '{scheme}:…' for {where}: expected a postgresql:// or sqlite:// URL; to rehearse "
            "a project of another engine on SQLite or PostgreSQL, name one of them by --database"
        )
        self.scheme = scheme


class OptionSource(NamedTuple):
    """Holds the options of one source. Relative paths start from the folder ``base``.

    ``values`` maps option names to values, ``spelling`` to the names in this source; only ``pyproject.toml``
    sets ``acknowledge``, ``budgets`` and ``keep``.
    """

    base: Path
    values: Mapping[str, Any]
    spelling: Mapping[str, str]
    acknowledge: Mapping[str, Mapping[str, str]] = {}
    budgets: Mapping[str, float] = {}
    keep: tuple[KeepTable, ...] = ()
    other_url: OtherUrl | None = None
    """The error for a ``DATABASE_URL`` that names no engine to rehearse on."""
    unnamed: bool = False
    """Whether its databases are defaults that no option named."""


def read_flags(flags: Mapping[str, Any], base: Path) -> OptionSource:
    """Read command-line flags: a text, a tuple of texts or true by option name.

    ``None``, ``()`` and false count as unset. Raises :class:`BadValue`.
    """
    values = {name: value for name, value in flags.items() if value not in (None, (), False)}
    return _source(base, values, lambda name: f"--{name}")


def read_variables(variables: Mapping[str, str], base: Path, place: str) -> OptionSource:
    """Read ``SWITCHBACK_*``, ``DATABASE_URL`` and ``DJANGO_SETTINGS_MODULE``; ``place`` is for messages.

    An empty variable counts as unset. Raises :class:`UnknownKey` and :class:`BadValue`.
    """
    texts = {key: text.strip() for key, text in variables.items() if text.strip()}
    keys = {option.variable: option for option in ALL_OPTIONS}
    for key in texts:
        if key.startswith("SWITCHBACK_") and key not in keys and key != UNNAMED:
            raise UnknownKey(f"{key} in {place}", keys, key)
    spelling = {option.name: f"{option.variable} in {place}" for option in ALL_OPTIONS}
    values: dict[str, Any] = {
        option.name: _words(option, texts[key], spelling[option.name]) if option.repeatable else texts[key]
        for key, option in keys.items()
        if key in texts
    }
    if DJANGO_SETTINGS_MODULE in texts and "settings" not in values:
        values["settings"] = texts[DJANGO_SETTINGS_MODULE]
        spelling["settings"] = f"{DJANGO_SETTINGS_MODULE} in {place}"
    other_url = None
    if DATABASE_URL in texts:
        where = f"{DATABASE_URL} in {place}"
        spec = _database_spec(texts[DATABASE_URL])
        if spec is None:
            other_url = OtherUrl(where, _scheme(texts[DATABASE_URL]))
        elif "database" not in values:
            values["database"], spelling["database"] = (spec,), where
    source = _source(base, values, lambda name: spelling[name])
    return source._replace(other_url=other_url, unnamed=UNNAMED in texts)


def _words(option: Option, text: str, where: str) -> tuple[str, ...]:
    """Split ``text`` at blanks. Raises :class:`InvalidDatabaseUrl` if a blank may be part of a password."""
    words = tuple(text.split())
    if (
        option.name == "database"
        and "://" in text
        and not all(re.fullmatch(DATABASE_PATTERN, word) for word in words)
    ):
        raise InvalidDatabaseUrl(where)
    return words


def _database_spec(url: str) -> str | None:
    """Convert a ``DATABASE_URL`` to a SPEC, if it has one; a SQLite file that it names is never opened."""
    scheme = _scheme(url)
    if scheme in {"postgres", "postgresql"}:
        return url
    return "sqlite" if scheme == "sqlite" else None


def _scheme(url: str) -> str:
    # NOTE: urlsplit() is not used, because its error messages may contain the password.
    scheme, colon, _ = url.partition(":")
    return scheme.lower() if colon and re.fullmatch(r"[A-Za-z][\w+.-]*", scheme) else ""


def read_dotenv(folder: Path) -> OptionSource:
    """Read ``.env`` in ``folder``, if it exists, without changing ``os.environ``."""
    path = folder / ".env"
    if not path.is_file():
        return OptionSource(folder, {}, {})
    from dotenv import dotenv_values

    try:
        variables = dotenv_values(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableSettings(path, str(error)) from error
    return read_variables({key: text for key, text in variables.items() if text}, folder, str(path))


def read_pyproject(folder: Path) -> OptionSource:
    """Read ``[tool.switchback]`` of ``pyproject.toml`` in ``folder``, if it exists."""
    path = folder / "pyproject.toml"
    if not path.is_file():
        return OptionSource(folder, {}, {})
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableSettings(path, str(error)) from error
    tools = document.get("tool", {})
    if not isinstance(tools, dict):
        raise UnreadableSettings(path, "'tool' is not a table: expected [tool.switchback]")
    table = tools.get("switchback", {})
    place = f"[tool.switchback] of {path}"
    if not isinstance(table, dict):
        raise UnreadableSettings(path, "[tool.switchback] is not a table")
    names = {option.name for option in ALL_OPTIONS} | set(TABLES)
    for key in table:
        if key not in names:
            raise UnknownKey(f"{key!r} in {place}", names, key)
    values = {key: value for key, value in table.items() if key not in TABLES}
    source = _source(folder, values, lambda name: f"{name!r} in {place}")
    return source._replace(
        acknowledge=_acknowledgements(table.get("acknowledge", {}), place),
        budgets=_budgets(table.get("budgets", {}), place),
        keep=_keep(table.get("keep", []), place),
    )


def _source(base: Path, raw_values: Mapping[str, Any], spell: Callable[[str], str]) -> OptionSource:
    options = {option.name: option for option in ALL_OPTIONS}
    values = {name: _read(options[name], value, spell(name)) for name, value in raw_values.items()}
    return OptionSource(base, values, {name: spell(name) for name in values})


def _read(option: Option, value: Any, where: str) -> Any:
    if option.repeatable:
        texts = value if isinstance(value, list | tuple) else (value,)
        return tuple(dict.fromkeys(_read_value(option, text, where) for text in texts))
    return _read_value(option, value, where)


def _read_value(option: Option, value: Any, where: str) -> Any:
    invalid = BadValue(where, without_password(str(value)), option.expected)
    if option.flag and isinstance(value, bool):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value):
        raise invalid
    try:
        return option.read(str(value))
    except ValueError as error:
        if option.name == "database" and _scheme(str(value)) in {"postgres", "postgresql"}:
            raise InvalidDatabaseUrl(where) from None
        raise invalid from error


def without_password(text: str) -> str:
    """Shorten a URL to its scheme and mask any other ``text`` that may hold a password."""
    scheme = _scheme(text)
    return f"{scheme}:…" if scheme else "…" if ":" in text or "@" in text else text


def _acknowledgements(table: Any, place: str) -> Mapping[str, Mapping[str, str]]:
    where = f"'acknowledge' in {place}"
    expected = '"app.migration_name" = {rule = "reason"} with a reason that is not empty'
    if not isinstance(table, dict):
        raise BadValue(where, str(table), expected)
    for migration, reasons in table.items():
        named = f"{where}, {migration!r}"
        try:
            text_matching(MIGRATION_PATTERN)(migration)
        except ValueError as error:
            raise BadValue(where, migration, expected) from error
        if not isinstance(reasons, dict) or not reasons:
            raise BadValue(named, str(reasons), expected)
        for rule, reason in reasons.items():
            if not isinstance(reason, str) or not reason.strip():
                raise BadValue(f"{named}, {rule!r}", str(reason), expected)
    return table


def _budgets(table: Any, place: str) -> Mapping[str, float]:
    where = f"'budgets' in {place}"
    expected = 'total, migration or "app.migration_name" = seconds above 0'
    if not isinstance(table, dict):
        raise BadValue(where, str(table), expected)
    return {_budget_key(key, where, expected): _budget(value, where, key) for key, value in table.items()}


def _keep(value: Any, place: str) -> tuple[KeepTable, ...]:
    names: tuple[KeepTable, ...] = get_args(KeepTable)
    if not isinstance(value, list) or any(entry not in names for entry in value):
        raise BadValue(f"'keep' in {place}", str(value), f"a list of {', '.join(names)}")
    return tuple(entry for entry in names if entry in value)


def _budget_key(key: str, where: str, expected: str) -> str:
    try:
        return key if key in {"total", "migration"} else text_matching(MIGRATION_PATTERN)(key)
    except ValueError as error:
        raise BadValue(where, key, expected) from error


def _budget(value: Any, where: str, key: str) -> float:
    invalid = BadValue(f"{where}, {key!r}", str(value), "seconds above 0")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid
    try:
        return seconds(str(value))
    except ValueError as error:
        raise invalid from error
