"""Define every option once, for the command line, the environment, ``.env`` and ``pyproject.toml``.

An option named ``fail-on`` is the flag ``--fail-on``, the variable ``SWITCHBACK_FAIL_ON`` and the key
``fail-on`` of ``[tool.switchback]``. ``--help`` imports this module, so it imports nothing slow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import click

from django_switchback.config import kinds


class Option(NamedTuple):
    """Describes one option.

    ``shown`` is its default in ``--help``. The values of a ``repeatable`` one are collected into a tuple.
    """

    name: str
    kind: kinds.Kind
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
        """Return the option for click, which leaves its value as it is: all sources are parsed alike."""
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
        kinds.FOLDER,
        "The Django project: the folder with manage.py.",
        "the current folder, or the only project up to two levels below",
    ),
    Option("settings", kinds.MODULE, "The settings module.", "the module that manage.py or --manage sets"),
    Option(
        "manage",
        kinds.MANAGE,
        "The project's own program in place of manage.py, such as nautobot-server; quote one that needs more "
        'words before the command ("sentry django").',
        "manage.py",
    ),
    Option(
        "python", kinds.PROGRAM, "The Python interpreter that runs the project.", "the current interpreter"
    ),
    Option(
        "database",
        kinds.DATABASE,
        "sqlite, postgresql, postgresql-14 to postgresql-18, or the postgresql:// URL of a server to create "
        "sandboxes on. Repeatable.",
        "DATABASE_URL, else sqlite and postgresql",
        repeatable=True,
    ),
    Option("app", kinds.APP, "Only the migrations of this app. Repeatable.", "every first-party app", True),
    Option(
        "migration",
        kinds.MIGRATION,
        "Only this migration; a prefix of its name is enough. Repeatable.",
        None,
        True,
    ),
    Option("last", kinds.COUNT, "The last N migrations of each app.", "5"),
    Option("all", kinds.FLAG, "Every migration of each app."),
    Option("since", kinds.REF, "Only the migrations changed since this git ref."),
    Option("timeout", kinds.SECONDS, "Stop a step that takes longer.", "60"),
    Option(
        "time-limit",
        kinds.SECONDS,
        "Stop the run after this time. The newest migrations come first; what was rehearsed is reported.",
        "none",
    ),
    Option("rows", kinds.ROWS, "Rows to seed in each table.", "a few of each kind"),
    Option(
        "scenarios",
        kinds.FOLDER,
        "The folder of the project's scenarios.",
        "migration_scenarios beside manage.py, if it exists",
    ),
    Option("seed", kinds.SEED, "The seed for row values.", "0"),
    Option("jobs", kinds.COUNT, "The maximum number of parallel workers.", "the number of processors"),
    Option(
        "shard",
        kinds.SHARD,
        "Rehearse only the I-th of N parts of the plan; `report LOG...` merges the evidence logs of all N.",
        "all of it",
    ),
    Option(
        "shard-weights",
        kinds.FILE,
        "Balance the shards by the durations in FILE, the evidence log of an earlier run. Repeatable.",
        "estimates",
        repeatable=True,
    ),
    Option(
        "cache",
        kinds.FOLDER,
        "Keep results in DIR, and reuse those whose inputs are unchanged.",
        "none are kept",
    ),
    Option(
        "cluster",
        kinds.CLUSTER,
        "Rehearse on the workers of the Dask scheduler at ADDRESS (tcp://HOST:8786, tls://HOST:8786, or its "
        "scheduler file), one shard each.",
        "this machine",
    ),
    Option("fail-on", kinds.SEVERITY, "The lowest severity that fails the run.", "error"),
    Option("baseline", kinds.FILE, "Findings in FILE, which --write-baseline writes, do not fail the run."),
    Option("no-deploy-window", kinds.FLAG, "Leave out the rules of the deploy window."),
    Option(
        "hot-tables",
        kinds.HOT_TABLE,
        "A table that is always in use, by its model or its name: even a brief lock on it needs a "
        "lock_timeout. Repeatable.",
        "none",
        repeatable=True,
    ),
    Option("evidence", kinds.FILE, "Write the evidence log to FILE."),
    Option("json", kinds.REPORT, "Write the JSON report to FILE (- is stdout)."),
    Option("junit", kinds.REPORT, "Write a JUnit report to FILE (- is stdout)."),
    Option("markdown", kinds.REPORT, "Write a Markdown report to FILE (- is stdout)."),
    Option("html", kinds.REPORT, "Write the report as one HTML page to FILE (- is stdout)."),
    Option("github", kinds.REPORT, "Write annotations for GitHub Actions to FILE (- is stdout)."),
    Option("gitlab", kinds.REPORT, "Write a GitLab code quality report to FILE (- is stdout)."),
    Option("sarif", kinds.REPORT, "Write a SARIF report to FILE (- is stdout)."),
    Option("verbose", kinds.FLAG, "Print each step, tracebacks, and what the time was spent on."),
    Option("quiet", kinds.FLAG, "Show no progress."),
)
SUITE_OPTIONS: Final = (
    Option(
        "tests",
        kinds.COMMAND,
        "The command that runs the project's tests, started in its folder.",
        "manage.py test",
    ),
    Option(
        "dump-command",
        kinds.COMMAND._replace(expected="a command such as pg_dump -Fc --no-owner"),
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
