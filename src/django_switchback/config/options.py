"""The options of a run, said once: the command line, the environment, ``.env`` and ``pyproject.toml`` agree.

An option named ``fail-on`` is the flag ``--fail-on``, the variable ``SWITCHBACK_FAIL_ON`` and the key
``fail-on`` of ``[tool.switchback]``. Nothing heavy is imported here: ``--help`` reads this table.
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
    """A value that an option cannot take; ``where`` names the option as its source spells it."""

    def __init__(self, where: str, value: str, expected: str) -> None:
        super().__init__(f"{where}: {value!r} will not do: expected {expected}")


MAX_ROWS: Final = 5_000_000
"""Rows in each table at the most: a moment keeps eight bytes of each of their values."""


def whole_number(minimum: int, maximum: float = math.inf) -> Callable[[str], int]:
    """Return a reader of whole numbers from ``least`` up to ``most``; it raises ``ValueError``."""

    def read(text: str) -> int:
        value = int(text)
        if not minimum <= value <= maximum:
            raise ValueError(text)
        return value

    return read


def seconds(text: str) -> float:
    """Read a positive, finite number of seconds; raises ``ValueError``."""
    value = float(text)
    if not math.isfinite(value) or value <= 0:
        raise ValueError(text)
    return value


def text_matching(pattern: str) -> Callable[[str], str]:
    """Return a reader of texts that match ``pattern`` as a whole; it raises ``ValueError``."""

    def read(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(text)
        return text

    return read


def shell_words(text: str) -> tuple[str, ...]:
    """Read a command as a shell would, without one; raises ``ValueError``."""
    found = tuple(shlex.split(text))
    if not found:
        raise ValueError(text)
    return found


def boolean(text: str) -> bool:
    """Read yes or no in the usual spellings; raises ``ValueError``."""
    lowered = text.lower()
    if lowered not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[lowered]


_BOOLEANS: Final = {"1": True, "true": True, "yes": True, "on": True} | {
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}

DATABASE_PATTERN: Final = r"sqlite|postgresql(-1[4-8])?|postgres(ql)?://\S+"
MIGRATION_PATTERN: Final = r"[A-Za-z_]\w*\.[\w-]+"


class Option(NamedTuple):
    """One option: how it is named, read and explained.

    ``read`` turns one text into a value or raises ``ValueError``; ``expected`` completes the sentence of the
    refusal. ``default`` is the value when no source says anything, ``shown`` how ``--help`` prints it.
    ``many`` collects values into a tuple; ``not_yet`` refuses the option until it does something.
    """

    name: str
    metavar: str
    help: str
    read: Callable[[str], Any]
    expected: str
    default: Any = None
    shown: str | None = None
    repeatable: bool = False
    not_yet: bool = False

    @property
    def flag(self) -> bool:
        """Whether the option is a yes or no that takes no value on the command line."""
        return self.read is boolean

    @property
    def field(self) -> str:
        """The option's name as Python and, in capitals, the environment spell it."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable that sets the option."""
        return f"SWITCHBACK_{self.field.upper()}"


_FILE: Final = "a file, or - for standard output"


def _report(name: str, what: str, *, not_yet: bool = False) -> Option:
    return Option(name, "FILE", f"Write {what} to FILE (- is stdout).", Path, _FILE, not_yet=not_yet)


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
        shown="what manage.py says",
    ),
    Option(
        "python",
        "PATH",
        "The Python that runs the project.",
        text_matching(r".+"),
        "a Python interpreter",
        shown="the one that runs this",
    ),
    Option(
        "database",
        "SPEC",
        "sqlite, postgresql, postgresql-14 to postgresql-18, or the postgresql:// URL of a server to make "
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
        "The migrations of this app. Repeatable.",
        text_matching(r"[A-Za-z_]\w*"),
        "an app label such as blog",
        (),
        "every first-party app",
        repeatable=True,
    ),
    Option(
        "migration",
        "APP.NAME",
        "This migration; the beginning of its name will do. Repeatable.",
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
    Option(
        "timeout", "SECONDS", "A step that takes longer is stopped.", seconds, "seconds above 0", 60.0, "60"
    ),
    Option(
        "time-limit",
        "SECONDS",
        "The whole run ends then: the most recent migrations are rehearsed first, what is known is reported.",
        seconds,
        "seconds above 0",
        shown="none",
    ),
    Option(
        "rows",
        "N",
        "Rows to put into each table.",
        whole_number(1, MAX_ROWS),
        f"a whole number from 1 to {MAX_ROWS}",
        shown="a few of each kind",
    ),
    Option(
        "scenarios",
        "DIR",
        "The folder of the project's own scenarios.",
        Path,
        "a folder",
        shown="migration_scenarios beside manage.py, if it is there",
    ),
    Option(
        "seed",
        "INT",
        "Where the values of the rows start from.",
        whole_number(0),
        "a whole number from 0 on",
        0,
        "0",
    ),
    Option(
        "jobs",
        "N",
        "How many workers run at a time.",
        whole_number(1),
        "a whole number from 1 on",
        shown="the count of processors",
    ),
    Option(
        "fail-on",
        "error|warning",
        "The least severity that fails the run.",
        text_matching("error|warning"),
        "error or warning",
        "error",
        "error",
    ),
    Option("evidence", "FILE", "Keep the evidence log in FILE.", Path, "a file"),
    _report("json", "the JSON report"),
    _report("junit", "a JUnit report"),
    _report("markdown", "a Markdown report"),
    _report("sarif", "a SARIF report", not_yet=True),
    _report("html", "an HTML report", not_yet=True),
    Option("verbose", "", "A line a step, and tracebacks.", boolean, "true or false", default=False),
    Option("quiet", "", "No progress.", boolean, "true or false", default=False),
)

SUITE_OPTIONS: Final[tuple[Option, ...]] = (
    Option(
        "tests",
        "COMMAND",
        "The command that tests the project, run in its folder.",
        shell_words,
        "a command such as python manage.py test",
        shown="manage.py test",
    ),
    Option(
        "dump-command",
        "COMMAND",
        "What dumps a PostgreSQL database in place of pg_dump -Fc: it finds the database in PGHOST, "
        "PGDATABASE and the like, and writes to standard output.",
        shell_words,
        "a command such as pg_dump -Fc --no-owner",
        (),
        "pg_dump -Fc",
    ),
)
"""Options of the suite's checks, which the rehearsal has no use for."""

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
"""The options that each command takes."""

REPORT_FORMATS: Final = ("json", "junit", "markdown", "sarif", "html")

EXCLUSIVE_OPTIONS: Final = (("all", "last", "since", "migration"), ("quiet", "verbose"))
"""Options of which one source may set one only; setting one unsets the others of lesser sources."""
