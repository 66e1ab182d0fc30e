"""The places that options come from, each read into the same shape: what it says, and how it spells it."""

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
"""Every environment variable that is read."""
UNNAMED = "SWITCHBACK_DATABASE_UNNAMED"
"""Set by ``all-checks`` for the checks that it starts: nobody but itself has named the database."""
TABLES = ("acknowledge", "budgets", "keep")
"""Keys of ``[tool.switchback]`` that are no options."""
KeepTable: TypeAlias = Literal["storage", "mail", "caches"]


class UnknownKey(UsageError):
    """A source sets something that no option is named after."""

    def __init__(self, where: str, known: Iterable[str], key: str) -> None:
        near = difflib.get_close_matches(key, tuple(known), n=1)
        super().__init__(f"{where} is no option" + (f": did you mean {near[0]}?" if near else ""))


class UnreadableSettings(UsageError):
    """A file that options come from cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}")


class OtherUrl(UsageError):
    """``DATABASE_URL`` is of an engine that there are no sandboxes of."""

    def __init__(self, where: str, scheme: str) -> None:
        super().__init__(
            f"{where}: '{scheme}:…' will not do: expected a postgresql:// or sqlite:// URL; a project of "
            "another engine is rehearsed on SQLite or PostgreSQL where --database names one of them"
        )
        self.scheme = scheme


class OptionSource(NamedTuple):
    """What one place says. ``base`` is the folder that its relative paths start from.

    ``values`` holds option values by option name, ``spelled`` how the place spells each; ``acknowledge``,
    ``budgets`` and ``keep`` are keys that only ``pyproject.toml`` has.
    """

    base: Path
    values: Mapping[str, Any]
    spelling: Mapping[str, str]
    acknowledge: Mapping[str, Mapping[str, str]] = {}
    budgets: Mapping[str, float] = {}
    keep: tuple[KeepTable, ...] = ()
    other_url: OtherUrl | None = None
    """Why its ``DATABASE_URL`` says nothing of what to rehearse on."""
    unnamed: bool = False
    """Whether its databases are those that are taken where nobody names any."""


def read_flags(flags: Mapping[str, Any], base: Path) -> OptionSource:
    """Read the command line: texts, tuples of texts or true by option name.

    ``None``, ``()`` and false say nothing. Raises :class:`BadValue`.
    """
    said = {name: value for name, value in flags.items() if value not in (None, (), False)}
    return _source(base, said, lambda name: f"--{name}")


def read_variables(variables: Mapping[str, str], base: Path, place: str) -> OptionSource:
    """Read ``SWITCHBACK_*``, ``DATABASE_URL`` and ``DJANGO_SETTINGS_MODULE``; ``place`` says whose they are.

    An empty variable says nothing. Raises :class:`UnknownKey` and :class:`BadValue`.
    """
    said = {key: text.strip() for key, text in variables.items() if text.strip()}
    keys = {option.variable: option for option in ALL_OPTIONS}
    for key in said:
        if key.startswith("SWITCHBACK_") and key not in keys and key != UNNAMED:
            raise UnknownKey(f"{key} in {place}", keys, key)
    spelled = {option.name: f"{option.variable} in {place}" for option in ALL_OPTIONS}
    values: dict[str, Any] = {
        option.name: _words(option, said[key], spelled[option.name]) if option.repeatable else said[key]
        for key, option in keys.items()
        if key in said
    }
    if DJANGO_SETTINGS_MODULE in said and "settings" not in values:
        values["settings"] = said[DJANGO_SETTINGS_MODULE]
        spelled["settings"] = f"{DJANGO_SETTINGS_MODULE} in {place}"
    other_url = None
    if DATABASE_URL in said:
        where = f"{DATABASE_URL} in {place}"
        spec = _database_spec(said[DATABASE_URL])
        if spec is None:
            other_url = OtherUrl(where, _scheme(said[DATABASE_URL]))
        elif "database" not in values:
            values["database"], spelled["database"] = (spec,), where
    source = _source(base, values, lambda name: spelled[name])
    return source._replace(other_url=other_url, unnamed=UNNAMED in said)


def _words(option: Option, text: str, where: str) -> tuple[str, ...]:
    """Return the values in ``text``. Raises :class:`InvalidDatabaseUrl` where a blank may be a password's."""
    found = tuple(text.split())
    if (
        option.name == "database"
        and "://" in text
        and not all(re.fullmatch(DATABASE_PATTERN, it) for it in found)
    ):
        raise InvalidDatabaseUrl(where)
    return found


def _database_spec(url: str) -> str | None:
    """Return the SPEC that a ``DATABASE_URL`` stands for, if any; a SQLite file in it is never opened."""
    scheme = _scheme(url)
    if scheme in {"postgres", "postgresql"}:
        return url
    return "sqlite" if scheme == "sqlite" else None


def _scheme(url: str) -> str:
    # NOTE: not by urlsplit, whose refusals repeat what stands where the password does.
    scheme, colon, _ = url.partition(":")
    return scheme.lower() if colon and re.fullmatch(r"[A-Za-z][\w+.-]*", scheme) else ""


def read_dotenv(folder: Path) -> OptionSource:
    """Read ``.env`` of ``folder``, if there is one, without a change to this process's environment."""
    path = folder / ".env"
    if not path.is_file():
        return OptionSource(folder, {}, {})
    from dotenv import dotenv_values

    try:
        found = dotenv_values(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableSettings(path, str(error)) from error
    return read_variables({key: text for key, text in found.items() if text}, folder, str(path))


def read_pyproject(folder: Path) -> OptionSource:
    """Read ``[tool.switchback]`` of ``pyproject.toml`` in ``folder``, if there is one."""
    path = folder / "pyproject.toml"
    if not path.is_file():
        return OptionSource(folder, {}, {})
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableSettings(path, str(error)) from error
    tools = document.get("tool", {})
    if not isinstance(tools, dict):
        raise UnreadableSettings(path, "'tool' is no table: expected [tool.switchback]")
    table = tools.get("switchback", {})
    place = f"[tool.switchback] of {path}"
    if not isinstance(table, dict):
        raise UnreadableSettings(path, "[tool.switchback] is no table")
    known = {option.name for option in ALL_OPTIONS} | set(TABLES)
    for key in table:
        if key not in known:
            raise UnknownKey(f"{key!r} in {place}", known, key)
    said = {key: value for key, value in table.items() if key not in TABLES}
    source = _source(folder, said, lambda name: f"{name!r} in {place}")
    return source._replace(
        acknowledge=_acknowledgements(table.get("acknowledge", {}), place),
        budgets=_budgets(table.get("budgets", {}), place),
        keep=_kept(table.get("keep", []), place),
    )


def _source(base: Path, said: Mapping[str, Any], spell: Callable[[str], str]) -> OptionSource:
    options = {option.name: option for option in ALL_OPTIONS}
    values = {name: _read(options[name], value, spell(name)) for name, value in said.items()}
    return OptionSource(base, values, {name: spell(name) for name in values})


def _read(option: Option, value: Any, where: str) -> Any:
    if option.not_yet:
        raise UsageError(f"{where} does nothing yet: leave it out")
    if option.repeatable:
        texts = value if isinstance(value, list | tuple) else (value,)
        return tuple(dict.fromkeys(_read_one(option, text, where) for text in texts))
    return _read_one(option, value, where)


def _read_one(option: Option, value: Any, where: str) -> Any:
    refused = BadValue(where, without_password(str(value)), option.expected)
    if option.flag and isinstance(value, bool):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value):
        raise refused
    try:
        return option.read(str(value))
    except ValueError as error:
        if option.name == "database" and _scheme(str(value)) in {"postgres", "postgresql"}:
            raise InvalidDatabaseUrl(where) from None
        raise refused from error


def without_password(text: str) -> str:
    """Return ``text`` without what may be a password: of a URL only the scheme is left."""
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


def _kept(value: Any, place: str) -> tuple[KeepTable, ...]:
    known: tuple[KeepTable, ...] = get_args(KeepTable)
    if not isinstance(value, list) or any(entry not in known for entry in value):
        raise BadValue(f"'keep' in {place}", str(value), f"a list out of {', '.join(known)}")
    return tuple(entry for entry in known if entry in value)


def _budget_key(key: str, where: str, expected: str) -> str:
    try:
        return key if key in {"total", "migration"} else text_matching(MIGRATION_PATTERN)(key)
    except ValueError as error:
        raise BadValue(where, key, expected) from error


def _budget(value: Any, where: str, key: str) -> float:
    refused = BadValue(f"{where}, {key!r}", str(value), "seconds above 0")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused
    try:
        return seconds(str(value))
    except ValueError as error:
        raise refused from error
