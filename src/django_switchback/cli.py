"""The command line: arguments in, exit statuses out. Everything heavy is imported where it is used."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from django_switchback import standard_streams
from django_switchback.config.options import ALL_OPTIONS, OPTIONS_BY_COMMAND, REPORT_FORMATS, Option
from django_switchback.errors import SwitchbackError, UsageError
from django_switchback.signals import StopRequested, handle_stop_signals

CHECKS = ("tests", "migrations", "performance", "backup-verification")
"""Said again so that ``--help`` need not import what judges them."""


class NotYet(UsageError):
    """A command that a later version fills."""

    def __init__(self, command: str) -> None:
        super().__init__(f"{command} does nothing yet: expected another command, see --help")


class DefaultsToRun(click.Group):
    """A group whose command ``run`` may be left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``run`` before options that are not the group's own."""
        own = {"--help", "-h", "--version"}
        if (args and args[0].startswith("-") and args[0] not in own) or not (args or ctx.resilient_parsing):
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the options of ``run`` as well: most people never type its name."""
        rows = [row for param in run.params if (row := param.get_help_record(ctx))]
        with formatter.section("Options of run"):
            formatter.write_dl(rows)
        super().format_options(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands and, where an option is begun, the options of ``run``."""
        found = super().shell_complete(ctx, incomplete)
        return found + (run.shell_complete(ctx, incomplete) if incomplete.startswith("-") else [])


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from django_switchback.version import version

        click.echo(f"switchback {version()}")
        ctx.exit()


@click.group(
    cls=DefaultsToRun, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
def switchback() -> None:
    """Rehearse Django migrations and their rollbacks on throwaway databases, with rows on board.

    Exit status: 0 every target passed (or is acknowledged), 1 some finding at or above --fail-on, 2 wrong
    usage or configuration, 3 the run could not be finished, 130 after Ctrl-C
    and 143 after SIGTERM; what is known by then is reported all the same.
    """


def _click_option(option: Option) -> click.Option:
    shown = f" [default: {option.shown}]" if option.shown else " (Not yet.)" if option.not_yet else ""
    if option.flag:
        return click.Option([f"--{option.name}", option.field], is_flag=True, help=option.help)
    return click.Option(
        [f"--{option.name}", option.field],
        type=click.Path() if option.read is Path else str,
        metavar=option.metavar,
        multiple=option.repeatable,
        help=option.help + shown,
    )


def _with_options(*names: str) -> Callable[[click.Command], click.Command]:
    """Add the options of these names."""

    def add(command: click.Command) -> click.Command:
        command.params.extend(_click_option(option) for option in ALL_OPTIONS if option.name in names)
        return command

    return add


@_with_options(*OPTIONS_BY_COMMAND["run"])
@switchback.command()
def run(**flags: Any) -> int:
    """Rehearse; may be left out.

    From nothing to head, each target up, back and up again, then the whole release unwound.
    """
    from django_switchback import commands

    return commands.run(_given_options("run", flags))


def _given_options(command: str, flags: dict[str, Any]) -> dict[str, Any]:
    """Return what the command line said of a command's options, by their names."""
    return {
        option.name: flags[option.field]
        for option in ALL_OPTIONS
        if option.name in OPTIONS_BY_COMMAND[command]
    }


@_with_options(*REPORT_FORMATS, "verbose")
@switchback.command()
@click.argument("logs", nargs=-1, required=True, metavar="LOG...", type=click.Path(path_type=Path))
def report(logs: tuple[Path, ...], verbose: bool, **files: str | None) -> int:
    """Report again from evidence logs, merged."""
    from django_switchback import commands

    return commands.report(logs, files, verbose=verbose)


@switchback.command()
@click.argument("name", required=False)
def rules(name: str | None) -> int:
    """Say what a rule means, why it matters and how to fix it."""
    from django_switchback import commands

    return commands.rules(name)


@_with_options(*OPTIONS_BY_COMMAND["backup-verification"])
@switchback.command("backup-verification")
def backup_verification(**flags: Any) -> int:
    """Dump the seeded head, restore, compare, roll back."""
    from django_switchback import suite

    return suite.backup_verification(_given_options("backup-verification", flags))


@_with_options(*OPTIONS_BY_COMMAND["checklist"])
@switchback.command()
@click.argument("logs", nargs=-1, metavar="[LOG...]", type=click.Path(path_type=Path))
def checklist(logs: tuple[Path, ...], **flags: Any) -> int:
    """Fill the checklist in for one --migration."""
    from django_switchback import suite

    return suite.checklist(_given_options("checklist", flags), logs)


@_with_options(*OPTIONS_BY_COMMAND["performance"])
@switchback.command()
def performance(**flags: Any) -> int:
    """Time each step against [tool.switchback.budgets]."""
    from django_switchback import suite

    return suite.performance(_given_options("performance", flags))


@_with_options(*OPTIONS_BY_COMMAND["all-checks"])
@switchback.command("all-checks")
@click.option(
    "--check",
    "only",
    type=click.Choice(CHECKS),
    multiple=True,
    help="Only this check. Repeatable. [default: all]",
)
@click.option(
    "--from",
    "source",
    metavar="DIR",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Run nothing: gather the logs and result files in DIR.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where logs and reports go. [default: .switchback]",
)
def all_checks(only: tuple[str, ...], source: Path | None, out: Path | None, **flags: Any) -> int:
    """Run every check: one table, one exit status."""
    from django_switchback import suite

    return suite.all_checks(_given_options("all-checks", flags), only=only, source=source, out=out)


@switchback.command()
@click.argument("folder", default=".", metavar="[DIR]")
def init(folder: str) -> int:
    """Put the suite into another repository (not yet)."""
    raise NotYet("init")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with ``argv``, else the process's own arguments, and return its exit status.

    Never raises for a fault of the user, of the project or of our own.
    """
    if sys.platform == "win32":
        # Before anything is imported that is not there.
        click.echo(
            "switchback: Windows cannot run the servers and processes of a rehearsal: use WSL", err=True
        )
        return 2
    standard_streams.open_closed_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        with handle_stop_signals():
            status = switchback.main(arguments, prog_name=_program(), standalone_mode=False)
    except click.Abort as error:
        # NOTE: click turns every KeyboardInterrupt into this.
        _print_error("stopped before its end")
        return error.__cause__.status if isinstance(error.__cause__, StopRequested) else 130
    except click.ClickException as error:
        # NOTE: what it repeats of the arguments may be a database URL, whose blank was not quoted.
        shown = io.StringIO()
        error.show(shown)
        standard_streams.print_if_possible(sys.stderr, _without_secrets(shown.getvalue()))
        return 2
    except SwitchbackError as error:
        _print_error(str(error))
        if "--verbose" in arguments:
            _print_error(getattr(error, "traceback", ""))
        return 2 if isinstance(error, UsageError) else 3
    except OSError as error:
        # Of the machine: a disk that is full, a stream that cannot be written, a folder that cannot be made.
        about = f" {error.filename}" if error.filename else ""
        _print_error(f"the system refuses{about}: {error.strerror or error}")
        if "--verbose" in arguments:
            _print_traceback(error)
        return 3
    except Exception as error:
        _print_error(f"a fault of our own, {type(error).__name__}: {error}")
        if "--verbose" in arguments:
            _print_traceback(error)
        else:
            _print_error("run it again with --verbose for the traceback")
        return 3
    return status or 0


def _program() -> str:
    name = Path(sys.argv[0]).name
    return "switchback" if name in {"__main__.py", "switchback", "-c"} else name


def _print_error(text: str) -> None:
    from django_switchback.progress.lines import single_line

    told = _without_secrets(f"switchback: {text}")
    standard_streams.print_if_possible(sys.stderr, "\n".join(map(single_line, told.splitlines())))


def _without_secrets(text: str) -> str:
    """Return ``text`` without what the environment, the arguments and source lines tell of secrets."""
    import os

    from django_switchback.redaction import Redactor, passwords_in_url, secrets_in_mapping

    return Redactor((*secrets_in_mapping(os.environ), *passwords_in_url(" ".join(sys.argv)))).traceback(text)


def _print_traceback(error: Exception) -> None:
    import traceback

    _print_error("".join(traceback.format_exception(error)))
