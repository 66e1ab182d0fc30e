"""Define every option once, for the command line, the environment, ``.env`` and ``pyproject.toml``.

An option named ``fail-on`` is the flag ``--fail-on``, the variable ``SWITCHBACK_FAIL_ON`` and the key
``fail-on`` of ``[tool.switchback]``. ``--help`` imports this module, so it imports nothing slow.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from django_switchback.errors import UsageError


class BadValue(UsageError):
    """Reports a value that an option does not accept; ``where`` is the option as its source spells it."""

    def __init__(self, where: str, value: str, expected: str) -> None:
        super().__init__(f"invalid value {value!r} for {where}: expected {expected}")


MAX_ROWS: Final = 5_000_000
"""The largest ``--rows``: a snapshot keeps eight bytes for each value of a row."""


def whole_number(minimum: int, maximum: float = math.inf) -> Callable[[str], int]:
    """Return a parser of whole numbers from ``minimum`` to ``maximum``; it raises ``ValueError``."""

    def read(text: str) -> int:
        value = int(text)
        if not minimum <= value <= maximum:
            raise ValueError(text)
        return value

    return read


def seconds(text: str) -> float:
    """Parse a positive, finite number of seconds; raises ``ValueError``."""
    value = float(text)
    if not math.isfinite(value) or value <= 0:
        raise ValueError(text)
    return value


def text_matching(pattern: str) -> Callable[[str], str]:
    """Return a parser of texts that match all of ``pattern``; it raises ``ValueError``."""

    def read(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(text)
        return text

    return read


def shell_words(text: str) -> tuple[str, ...]:
    """Split a command into words as a shell does, without a shell; raises ``ValueError``."""
    words = tuple(shlex.split(text))
    if not words:
        raise ValueError(text)
    return words


def boolean(text: str) -> bool:
    """Parse a boolean in its usual spellings; raises ``ValueError``."""
    lowered = text.lower()
    if lowered not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[lowered]


_BOOLEANS: Final = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(
    ("0", "false", "no", "off"), False
)

DATABASE_PATTERN: Final = r"sqlite|postgresql(-1[4-8])?|postgres(ql)?://\S+"
MIGRATION_PATTERN: Final = r"[A-Za-z_]\w*\.[\w-]+"


class Option(NamedTuple):
    """Describes one option: its name, its parser and its help text.

    ``read`` parses one text or raises ``ValueError``; ``expected`` completes the error message. ``default``
    is the value when no source sets the option, ``shown`` how ``--help`` prints the default.
    ``repeatable`` collects the values into a tuple.
    """

    name: str
    metavar: str
    help: str
    read: Callable[[str], Any]
    expected: str
    default: Any = None
    shown: str | None = None
    repeatable: bool = False

    @property
    def flag(self) -> bool:
        """Whether the option is boolean and takes no value on the command line."""
        return self.read is boolean

    @property
    def field(self) -> str:
        """The option's name as a Python identifier."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable that sets the option."""
        return f"SWITCHBACK_{self.field.upper()}"


def _report(name: str, report: str) -> Option:
    return Option(name, "FILE", f"Write {report} to FILE (- is stdout).", Path, "a file, or -")


RUN_OPTIONS: Final[tuple[Option, ...]] = (
    Option(
        "project",
        "DIR",
        "The Django project: the folder with manage.py.",
        Path,
        "the folder with manage.py",
        shown="the current folder",
    ),
    Option(
        "settings",
        "MODULE",
        "The settings module.",
        text_matching(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*"),
        "a module such as config.settings",
        shown="the module that manage.py sets",
    ),
    Option(
        "python",
        "PATH",
        "The Python interpreter that runs the project.",
        text_matching(r".+"),
        "a Python interpreter",
        shown="the current interpreter",
    ),
    Option(
        "database",
        "SPEC",
        "sqlite, postgresql, postgresql-14 to postgresql-18, or the postgresql:// URL of a server to create "
        "sandboxes on. Repeatable.",
        text_matching(DATABASE_PATTERN),
        "sqlite, postgresql, postgresql-14 to postgresql-18 or a postgresql:// URL",
        ("sqlite", "postgresql"),
        "DATABASE_URL, else sqlite and postgresql",
        repeatable=True,
    ),
    Option(
        "app",
        "LABEL",
        "Only the migrations of this app. Repeatable.",
        text_matching(r"[A-Za-z_]\w*"),
        "an app label such as blog",
        (),
        "every first-party app",
        repeatable=True,
    ),
    Option(
        "migration",
        "APP.NAME",
        "Only this migration; a prefix of its name is enough. Repeatable.",
        text_matching(MIGRATION_PATTERN),
        "an app and a migration such as blog.0007_add_performance_indexes",
        (),
        repeatable=True,
    ),
    Option(
        "last", "N", "The last N migrations of each app.", whole_number(1), "a whole number from 1 on", 5, "5"
    ),
    Option("all", "", "Every migration of each app.", boolean, "true or false", default=False),
    Option(
        "since",
        "REF",
        "Only the migrations changed since this git ref.",
        text_matching(r"[^-\s]\S*"),
        "a git ref such as origin/main",
    ),
    Option("timeout", "SECONDS", "Stop a step that takes longer.", seconds, "seconds above 0", 60.0, "60"),
    Option(
        "time-limit",
        "SECONDS",
        "Stop the run after this time. The newest migrations come first; what was rehearsed is reported.",
        seconds,
        "seconds above 0",
        shown="none",
    ),
    Option(
        "rows",
        "N",
        "Rows to seed in each table.",
        whole_number(1, MAX_ROWS),
        f"a whole number from 1 to {MAX_ROWS}",
        shown="a few of each kind",
    ),
    Option(
        "scenarios",
        "DIR",
        "The folder of the project's scenarios.",
        Path,
        "a folder",
        shown="migration_scenarios beside manage.py, if it exists",
    ),
    Option("seed", "INT", "The seed for row values.", whole_number(0), "a whole number from 0 on", 0, "0"),
    Option(
        "jobs",
        "N",
        "The maximum number of parallel workers.",
        whole_number(1),
        "a whole number from 1 on",
        shown="the number of processors",
    ),
    Option(
        "fail-on",
        "error|warning",
        "The lowest severity that fails the run.",
        text_matching("error|warning"),
        "error or warning",
        "error",
        "error",
    ),
    Option("evidence", "FILE", "Write the evidence log to FILE.", Path, "a file"),
    _report("json", "the JSON report"),
    _report("junit", "a JUnit report"),
    _report("markdown", "a Markdown report"),
    Option("verbose", "", "Print each step, and tracebacks.", boolean, "true or false", default=False),
    Option("quiet", "", "Show no progress.", boolean, "true or false", default=False),
)

SUITE_OPTIONS: Final[tuple[Option, ...]] = (
    Option(
        "tests",
        "COMMAND",
        "The command that runs the project's tests, started in its folder.",
        shell_words,
        "a command such as python manage.py test",
        shown="manage.py test",
    ),
    Option(
        "dump-command",
        "COMMAND",
        "The command that dumps a PostgreSQL database. It gets the connection from PGHOST, PGDATABASE and "
        "the like, and writes to standard output.",
        shell_words,
        "a command such as pg_dump -Fc --no-owner",
        (),
        "pg_dump -Fc",
    ),
)
"""Options of the suite's other checks, unused by the rehearsal."""

ALL_OPTIONS: Final = (*RUN_OPTIONS, *SUITE_OPTIONS)

_PROJECT: Final = ("project", "settings", "python", "database", "app", "migration", "last", "all", "since")
_RUNNING: Final = (
    *_PROJECT,
    "timeout",
    "time-limit",
    "rows",
    "seed",
    "evidence",
    "markdown",
    "verbose",
    "quiet",
)

OPTIONS_BY_COMMAND: Final[dict[str, tuple[str, ...]]] = {
    "run": tuple(option.name for option in RUN_OPTIONS),
    "performance": _RUNNING,
    "checklist": (*_RUNNING, "jobs"),
    "backup-verification": (*(name for name in _RUNNING if name != "rows"), "jobs", "dump-command"),
    "all-checks": (
        *(name for name in _RUNNING if name != "evidence"),
        *("jobs", "fail-on", "tests", "dump-command"),
    ),
}
"""Option names accepted by each command."""

REPORT_FORMATS: Final = ("json", "junit", "markdown")

EXCLUSIVE_OPTIONS: Final = (("all", "last", "since", "migration"), ("quiet", "verbose"))
"""Mutually exclusive options: a source may set one of a group, which unsets the others of lesser sources."""
