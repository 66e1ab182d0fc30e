"""Define every option once, for the command line, the environment, ``.env`` and ``pyproject.toml``.

An option named ``fail-on`` is the flag ``--fail-on``, the variable ``SWITCHBACK_FAIL_ON`` and the key
``fail-on`` of ``[tool.switchback]``. ``--help`` imports this module, so it imports nothing slow.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from django_switchback.errors import UsageError


class BadValue(UsageError):
    """Reports a value that an option does not accept; ``where`` is the option as its source spells it."""

    def __init__(self, where: str, value: str, expected: str) -> None:
        super().__init__(f"invalid value {value!r} for {where}: expected {expected}")


class Kind(NamedTuple):
    """Describes the values of an option: ``read`` parses one text, ``expected`` completes the error message.

    ``read`` is one of click's parameter types or a function; it raises ``click.BadParameter`` or
    ``ValueError``.
    """

    metavar: str
    read: Callable[[str], Any]
    expected: str

    def parse(self, value: Any, where: str) -> Any:
        """Parse a text, or a TOML value, of ``where``. Raises :class:`BadValue`."""
        text = str(value)
        boolean = isinstance(value, bool) and self.read is not click.BOOL
        if text and isinstance(value, str | int | float) and not boolean:
            with suppress(ValueError, click.BadParameter):
                return self.read(text)
        raise BadValue(where, without_password(text), self.expected)


def url_scheme(text: str) -> str:
    """Return the scheme of a URL, ``""`` if ``text`` has none."""
    # NOTE: urlsplit() is not used, because its error messages may contain the password.
    scheme, colon, _ = text.partition(":")
    return scheme.lower() if colon and re.fullmatch(r"[A-Za-z][\w+.-]*", scheme) else ""


def without_password(text: str) -> str:
    """Shorten a URL to its scheme and mask any other ``text`` that may hold a password."""
    scheme = url_scheme(text)
    return f"{scheme}:…" if scheme else "…" if ":" in text or "@" in text else text


def _matching(pattern: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(text)
        return text

    return read


def _seconds(text: str) -> float:
    value = float(text)
    # NOTE: click.FloatRange accepts nan and infinity.
    if not math.isfinite(value) or value <= 0:
        raise ValueError(text)
    return value


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if match is None or int(match[1]) > int(match[2]):
        raise ValueError(text)
    return int(match[1]), int(match[2])


def _cluster(text: str) -> str | Path:
    if url_scheme(text) not in {"tcp", "tls"}:
        if "://" in text:
            raise ValueError(text)
        return Path(text)
    if re.fullmatch(r"(tcp|tls)://[^\s/@]+:\d+", text) is None:
        raise ValueError(text)
    return text


def _shell_words(text: str) -> tuple[str, ...]:
    words = tuple(shlex.split(text))
    if not words:
        raise ValueError(text)
    return words


MAX_ROWS: Final = 5_000_000
"""The largest ``--rows``: a snapshot keeps eight bytes for each value of a row."""
MIGRATION: Final = Kind(
    "APP.NAME",
    _matching(r"[A-Za-z_]\w*\.[\w-]+"),
    "an app and a migration such as blog.0007_add_performance_indexes",
)
SECONDS: Final = Kind("SECONDS", _seconds, "seconds above 0")
_APP: Final = Kind("LABEL", _matching(r"[A-Za-z_]\w*"), "an app label such as blog")
_CLUSTER: Final = Kind(
    "ADDRESS",
    _cluster,
    "the address of a Dask scheduler such as tcp://scheduler:8786 or tls://scheduler:8786, or its file",
)
_COMMAND: Final = Kind("COMMAND", _shell_words, "a command such as python manage.py test")
_COUNT: Final = Kind("N", click.IntRange(1), "an integer of at least 1")
_DATABASE: Final = Kind(
    "SPEC",
    _matching(r"sqlite|postgresql(-1[4-8])?|postgres(ql)?://\S+"),
    "sqlite, postgresql, postgresql-14 to postgresql-18 or a postgresql:// URL",
)
_FILE: Final = Kind("FILE", Path, "a file")
_MANAGE: Final = Kind("PROGRAM", _shell_words, "a program such as nautobot-server")
_HOT_TABLE: Final = Kind("NAME", _matching(r"\S+"), "a model such as blog.Post, or the name of a table")
_FLAG: Final = Kind("", click.BOOL, "true or false")
_FOLDER: Final = Kind("DIR", Path, "a folder")
_MODULE: Final = Kind(
    "MODULE", _matching(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*"), "a module such as config.settings"
)
_PROGRAM: Final = Kind("PATH", _matching(r".+"), "a Python interpreter")
_REF: Final = Kind("REF", _matching(r"[^-\s]\S*"), "a git ref such as origin/main")
_REPORT: Final = Kind("FILE", Path, "a file, or -")
_ROWS: Final = Kind("N", click.IntRange(1, MAX_ROWS), f"an integer from 1 to {MAX_ROWS}")
_SEED: Final = Kind("INT", click.IntRange(0), "an integer of at least 0")
_SHARD: Final = Kind("I/N", _shard, "the number of a shard and how many there are, such as 1/3, 2/3 or 3/3")
_SEVERITY: Final = Kind("error|warning", click.Choice(("error", "warning")), "error or warning")


class Option(NamedTuple):
    """Describes one option.

    ``shown`` is its default in ``--help``. The values of a ``repeatable`` one are collected into a tuple.
    """

    name: str
    kind: Kind
    help: str
    shown: str | None = None
    repeatable: bool = False

    @property
    def metavar(self) -> str:
        """The placeholder of the value in ``--help``."""
        return self.kind.metavar

    @property
    def flag(self) -> bool:
        """Whether the option is boolean and takes no value on the command line."""
        return self.kind.read is click.BOOL

    @property
    def variable(self) -> str:
        """The environment variable that sets the option."""
        return f"SWITCHBACK_{self.name.replace('-', '_').upper()}"

    def on_command_line(self) -> click.Option:
        """Return the option for click, which leaves its value a text, since every source is parsed alike."""
        if self.flag:
            return click.Option([f"--{self.name}"], is_flag=True, help=self.help)
        return click.Option(
            [f"--{self.name}"],
            type=click.Path() if self.kind.read is Path else click.STRING,
            metavar=self.metavar,
            multiple=self.repeatable,
            help=f"{self.help} [default: {self.shown}]" if self.shown else self.help,
        )


RUN_OPTIONS: Final = (
    Option(
        "project",
        _FOLDER,
        "The Django project: the folder with manage.py.",
        "the current folder, or the only project up to two levels below",
    ),
    Option("settings", _MODULE, "The settings module.", "the module that manage.py or --manage sets"),
    Option(
        "manage",
        _MANAGE,
        "The project's own program in place of manage.py, such as nautobot-server; further words of it may "
        'follow in quotes ("sentry django").',
        "manage.py",
    ),
    Option("python", _PROGRAM, "The Python interpreter that runs the project.", "the current interpreter"),
    Option(
        "database",
        _DATABASE,
        "sqlite, postgresql, postgresql-14 to postgresql-18, or the postgresql:// URL of a server to create "
        "sandboxes on. Repeatable.",
        "DATABASE_URL, else sqlite and postgresql",
        repeatable=True,
    ),
    Option("app", _APP, "Only the migrations of this app. Repeatable.", "every first-party app", True),
    Option(
        "migration", MIGRATION, "Only this migration; a prefix of its name is enough. Repeatable.", None, True
    ),
    Option("last", _COUNT, "The last N migrations of each app.", "5"),
    Option("all", _FLAG, "Every migration of each app."),
    Option("since", _REF, "Only the migrations changed since this git ref."),
    Option("timeout", SECONDS, "Stop a step that takes longer.", "60"),
    Option(
        "time-limit",
        SECONDS,
        "Stop the run after this time. The newest migrations come first; what was rehearsed is reported.",
        "none",
    ),
    Option("rows", _ROWS, "Rows to seed in each table.", "a few of each kind"),
    Option(
        "scenarios",
        _FOLDER,
        "The folder of the project's scenarios.",
        "migration_scenarios beside manage.py, if it exists",
    ),
    Option("seed", _SEED, "The seed for row values.", "0"),
    Option("jobs", _COUNT, "The maximum number of parallel workers.", "the number of processors"),
    Option(
        "shard",
        _SHARD,
        "Rehearse only the I-th of N parts of the plan; `report LOG...` merges the evidence logs of all N.",
        "all of it",
    ),
    Option(
        "shard-weights",
        _FILE,
        "Divide the plan by what the run took whose evidence log FILE is. Repeatable.",
        "estimates",
        repeatable=True,
    ),
    Option(
        "cache",
        _FOLDER,
        "Keep results in DIR, and take from there what nothing has changed for.",
        "none are kept",
    ),
    Option(
        "cluster",
        _CLUSTER,
        "Rehearse on the workers of the Dask scheduler at ADDRESS (tcp://HOST:8786, tls://HOST:8786, or its "
        "scheduler file), one shard each.",
        "this machine",
    ),
    Option("fail-on", _SEVERITY, "The lowest severity that fails the run.", "error"),
    Option("baseline", _FILE, "Findings in FILE, which --write-baseline writes, do not fail the run."),
    Option("no-deploy-window", _FLAG, "Leave out the rules of the deploy window."),
    Option(
        "hot-tables",
        _HOT_TABLE,
        "A table that is always in use, by its model or its name: even a brief lock on it needs a "
        "lock_timeout. Repeatable.",
        "none",
        repeatable=True,
    ),
    Option("evidence", _FILE, "Write the evidence log to FILE."),
    Option("json", _REPORT, "Write the JSON report to FILE (- is stdout)."),
    Option("junit", _REPORT, "Write a JUnit report to FILE (- is stdout)."),
    Option("markdown", _REPORT, "Write a Markdown report to FILE (- is stdout)."),
    Option("html", _REPORT, "Write the report as one HTML page to FILE (- is stdout)."),
    Option("github", _REPORT, "Write annotations for GitHub Actions to FILE (- is stdout)."),
    Option("gitlab", _REPORT, "Write a GitLab code quality report to FILE (- is stdout)."),
    Option("sarif", _REPORT, "Write a SARIF report to FILE (- is stdout)."),
    Option("verbose", _FLAG, "Print each step, tracebacks, and what the time was spent on."),
    Option("quiet", _FLAG, "Show no progress."),
)
SUITE_OPTIONS: Final = (
    Option(
        "tests",
        _COMMAND,
        "The command that runs the project's tests, started in its folder.",
        "manage.py test",
    ),
    Option(
        "dump-command",
        _COMMAND._replace(expected="a command such as pg_dump -Fc --no-owner"),
        "The command that dumps a PostgreSQL database. It gets the connection from PGHOST, PGDATABASE and "
        "the like, and writes to standard output.",
        "pg_dump -Fc",
    ),
)
"""Options of the suite's other checks, unused by the rehearsal."""
ALL_OPTIONS: Final = (*RUN_OPTIONS, *SUITE_OPTIONS)
OPTIONS: Final = {option.name: option for option in ALL_OPTIONS}
REPORT_FORMATS: Final = ("json", "junit", "markdown", "html", "github", "gitlab", "sarif")
EXCLUSIVE_OPTIONS: Final = (("all", "last", "since", "migration"), ("quiet", "verbose"))
"""Mutually exclusive options: a source may set only one of a group, which unsets
the others from sources of lower precedence."""


def _run_options_without(*names: str) -> tuple[str, ...]:
    return tuple(option.name for option in RUN_OPTIONS if option.name not in names)


_OF_THE_DEPLOY_WINDOW: Final = ("no-deploy-window", "hot-tables")
_OF_THE_RUN: Final = (
    "shard",
    "shard-weights",
    "cluster",
    "baseline",
    "cache",
    "scenarios",
    "json",
    "junit",
    "html",
    "github",
    "gitlab",
    "sarif",
)
OPTIONS_BY_COMMAND: Final = {
    "run": _run_options_without(),
    "performance": _run_options_without(*_OF_THE_RUN, *_OF_THE_DEPLOY_WINDOW, "fail-on", "jobs"),
    "checklist": _run_options_without(*_OF_THE_RUN, "fail-on"),
    "backup-verification": (
        *_run_options_without(*_OF_THE_RUN, *_OF_THE_DEPLOY_WINDOW, "fail-on", "rows"),
        "dump-command",
    ),
    "plan": _run_options_without(*_OF_THE_RUN, *_OF_THE_DEPLOY_WINDOW, "evidence", "fail-on", "markdown"),
    "all-checks": (
        *_run_options_without(*_OF_THE_RUN, "evidence"),
        "baseline",
        "cache",
        "tests",
        "dump-command",
    ),
}
"""Option names accepted by each command."""
