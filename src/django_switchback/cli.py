"""Define the command line with click. Slow imports are made inside the commands that need them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import click
from click.shell_completion import CompletionItem

from django_switchback import standard_streams
from django_switchback.config.options import ALL_OPTIONS, OPTIONS_BY_COMMAND, REPORT_FORMATS
from django_switchback.config.single_values import SingleValues
from django_switchback.error_messages import print_error, print_usage_error, report_error
from django_switchback.errors import EXIT_STATUSES
from django_switchback.signals import StopRequested, handle_stop_signals

CHECKS = ("tests", "migrations", "performance", "backup-verification")
"""Repeats ``checks.interface.CHECKS``, so that ``--help`` need not import it."""


class DefaultsToRun(click.Group):
    """Click group with ``run`` as its default command."""

    command_class = SingleValues

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Prepend ``run`` to options that the group itself does not have."""
        own = {"--help", "-h", "--version"}
        if (args and args[0].startswith("-") and args[0] not in own) or not (args or ctx.resilient_parsing):
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options of ``run`` too, as it is the default command, and the exit statuses."""
        rows = [row for param in run.params if (row := param.get_help_record(ctx))]
        with formatter.section("Options of run"):
            formatter.write_dl(rows)
        super().format_options(ctx, formatter)
        with formatter.section("Exit status"):
            formatter.write_dl(list(EXIT_STATUSES.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands, and the options of ``run`` after a hyphen."""
        items = super().shell_complete(ctx, incomplete)
        return items + (run.shell_complete(ctx, incomplete) if incomplete.startswith("-") else [])


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
    """Rehearse Django migrations and their rollbacks on throwaway databases that hold rows."""


def _options(*names: str) -> list[click.Parameter]:
    return [option.on_command_line() for option in ALL_OPTIONS if option.name in names]


def _flags(values: dict[str, Any]) -> dict[str, Any]:
    """Map option names to their values on the command line; click's names are Python identifiers."""
    return {name.replace("_", "-"): value for name, value in values.items()}


_WRITE_BASELINE = click.option(
    "--write-baseline",
    "written_baseline",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write what is found to FILE, which --baseline reads; what is known then does not fail.",
)


@switchback.command(params=_options(*OPTIONS_BY_COMMAND["run"]))
@_WRITE_BASELINE
@click.option("--no-cache", is_flag=True, help="Keep no results, and use none that were kept.")
@click.option(
    "--watch",
    "watching",
    is_flag=True,
    help="Rehearse each migration that is saved, until Ctrl-C; on SQLite unless --database names another.",
)
def run(watching: bool, written_baseline: Path | None, **flags: Any) -> int:
    """Rehearse the migrations (default command).

    Migrate an empty database to head; apply, roll back and re-apply each target; roll back the release.
    """
    from django_switchback.commands import rehearsal, watch
    from django_switchback.config.config import ConflictingOptions

    if watching and written_baseline is not None:
        raise ConflictingOptions("--watch", "--write-baseline")
    if watching:
        return watch.watch(_flags(flags))
    return rehearsal.run(_flags(flags), written_baseline)


@switchback.command(params=_options(*REPORT_FORMATS, "fail-on", "verbose"))
@click.argument("logs", nargs=-1, required=True, metavar="LOG...", type=click.Path(path_type=Path))
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Findings in FILE do not fail, instead of those that the run itself knew.",
)
@_WRITE_BASELINE
def report(
    logs: tuple[Path, ...],
    verbose: bool,
    baseline: Path | None,
    written_baseline: Path | None,
    fail_on: str | None,
    **files: str | None,
) -> int:
    """Report from evidence logs, merged."""
    from django_switchback.commands import rehearsal

    return rehearsal.report(
        logs,
        files,
        verbose=verbose,
        baseline=baseline,
        written_baseline=written_baseline,
        fail_on=fail_on,
    )


@switchback.command(params=_options("project", "cache"))
@click.argument("action", type=click.Choice(("info", "clear")))
def cache(action: Literal["info", "clear"], **flags: Any) -> int:
    """Show what the cache holds, or empty it."""
    from django_switchback.commands import cache_contents

    return cache_contents.cache(action, _flags(flags))


@switchback.command()
@click.argument("name", required=False)
def rules(name: str | None) -> int:
    """Explain a rule and how to fix its findings."""
    from django_switchback.commands import rehearsal

    return rehearsal.rules(name)


@switchback.command("backup-verification", params=_options(*OPTIONS_BY_COMMAND["backup-verification"]))
def backup_verification(**flags: Any) -> int:
    """Dump and restore the seeded head, compare, roll back."""
    from django_switchback.commands import checks

    return checks.backup_verification(_flags(flags))


@switchback.command(params=_options(*OPTIONS_BY_COMMAND["checklist"]))
@click.argument("logs", nargs=-1, metavar="[LOG...]", type=click.Path(path_type=Path))
def checklist(logs: tuple[Path, ...], **flags: Any) -> int:
    """Fill in the checklist for one --migration."""
    from django_switchback.commands import checks

    return checks.checklist(_flags(flags), logs)


@switchback.command(params=_options(*OPTIONS_BY_COMMAND["plan"]))
@click.option("--rollback", is_flag=True, required=True, help="Show the rollback of the release.")
@click.option(
    "--evidence",
    "logs",
    metavar="LOG",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Take it from this log of a rehearsal. Repeatable. [default: rehearse]",
)
def plan(rollback: bool, logs: tuple[Path, ...], **flags: Any) -> int:
    """Show the statements of a rollback, with their rows.

    Prints SQL in the order in which `migrate` sends it, with the rows that each statement writes and the
    commands in comments; values are left out. Exit status 1 if a target cannot be rolled back.
    """
    from django_switchback.commands import checks

    return checks.plan(_flags(flags), logs)


@switchback.command(params=_options(*OPTIONS_BY_COMMAND["performance"]))
def performance(**flags: Any) -> int:
    """Time each step against [tool.switchback.budgets]."""
    from django_switchback.commands import checks

    return checks.performance(_flags(flags))


@switchback.command("all-checks", params=_options(*OPTIONS_BY_COMMAND["all-checks"]))
@click.option(
    "--check",
    "only",
    type=click.Choice(CHECKS),
    multiple=True,
    help="Run only this check. Repeatable. [default: all]",
)
@click.option(
    "--from",
    "source",
    metavar="DIR",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Run no check; summarise the logs and result files in DIR.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for logs and reports. [default: .switchback]",
)
def all_checks(only: tuple[str, ...], source: Path | None, out: Path | None, **flags: Any) -> int:
    """Run every check; print one table."""
    from django_switchback.commands import checks

    return checks.all_checks(_flags(flags), only=only, source=source, out=out)


@switchback.command(params=_options("manage"))
@click.argument(
    "folder",
    metavar="[DIR]",
    default=".",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
@click.option("--force", is_flag=True, help="Replace files of yours; each is kept as NAME.orig.")
def init(folder: Path, dry_run: bool, force: bool, manage: str | None) -> int:
    """Set up nox, invoke and CI in this repository.

    Writes a noxfile, tasks, a script, workflows and a template of pull requests, for the project that lies
    in DIR, by default the current folder, or up to two levels below; a project without manage.py is run by
    the program that --manage names, as it is for a rehearsal. Your files are never overwritten: what
    would be written goes to a file beside yours that ends with .new. Can be run again after an upgrade.
    """
    from django_switchback.adoption.init_command import init as adopt

    click.echo(adopt(folder.resolve(), dry_run=dry_run, force=force, manage=manage), nl=False)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with ``argv``, by default ``sys.argv[1:]``, and return its exit status.

    Never raises: errors of the user, of the project and internal ones become messages.
    """
    if sys.platform == "win32":
        # Checked before modules are imported that do not exist there.
        click.echo("switchback: Windows is not supported: use WSL", err=True)
        return 2
    standard_streams.open_closed_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        with handle_stop_signals():
            status = switchback.main(arguments, prog_name=_program(), standalone_mode=False)
    except click.Abort as error:
        # NOTE: click converts every KeyboardInterrupt to Abort.
        print_error("interrupted")
        return error.__cause__.status if isinstance(error.__cause__, StopRequested) else 130
    except click.ClickException as error:
        print_usage_error(error)
        return 2
    except Exception as error:
        return report_error(error, verbose="--verbose" in arguments)
    return status or 0


def _program() -> str:
    name = Path(sys.argv[0]).name
    return "switchback" if name in {"__main__.py", "switchback", "-c"} else name
