"""Render the report for the terminal: databases, migrations, findings and commands to reproduce them."""

from __future__ import annotations

import io
from collections.abc import Callable

from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from django_switchback.evidence import TimeSpent
from django_switchback.report import grouped_findings
from django_switchback.report.answers import repetition
from django_switchback.report.empty_tables import empty_table_lines
from django_switchback.report.finding_blocks import STYLES, commands_block, finding_block, finding_line
from django_switchback.report.findings_by_rule import findings_table, without_warnings
from django_switchback.report.phrases import count_findings, count_verdicts, format_seconds, info_findings
from django_switchback.report.time_table import longest_targets, time_table
from django_switchback.rules.wording import count, enumerate_items
from django_switchback.untrusted_text import single_line, without_workflow_command
from django_switchback.verdict.interface import DatabaseReport, MigrationReport, Report, Verdict
from django_switchback.verdict.run_verdict import fails_run

DIRECTIONS = ("forward", "rollback", "reapply")
VERDICT_LABELS = {"passed": "passed", "skipped": "skipped", "failed": "FAILED", "error": "ERROR"}
"""Upper case marks failures without colour too."""
REASON_LINES = 20
"""Lines of a reason to show; the JSON report has all of them."""
HINT = "`switchback rules NAME` explains a rule; --verbose and --html FILE show rows and commands of each."
ENGINES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


def render(report: Report, *, width: int, color: bool, verbose: bool = False) -> str:
    """Return the report as text of at most ``width`` columns; only commands to copy may be longer.

    Notes (findings of severity info) are only counted unless ``verbose``, and so are warnings if they are
    many. Without ``color`` the text holds no
    escape sequence, and the same report always gives the same text.
    """
    page = _ReportPage(report, verbose)
    return printed(lambda console: console.print(page, crop=False), width=width, color=color)


def printed(print_all: Callable[[Console], None], *, width: int, color: bool) -> str:
    """Return what ``print_all`` prints to a console, without workflow commands."""
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with console.capture() as capture:
        print_all(console)
    lines = [without_workflow_command(line.rstrip()) for line in capture.get().splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


class _ReportPage:
    """The report as a rich renderable."""

    def __init__(self, report: Report, verbose: bool) -> None:
        self._report = report
        self._verbose = verbose

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        report = self._report
        run = report.run
        project = f"{run.project} ({run.settings})" if run.settings else run.project
        yield Text(single_line(f"Switchback {run.version}: {project}, seed {run.seed}"), style="bold")
        for notice in report.notices:
            yield Text(single_line(notice), style="yellow")
        for database in report.databases:
            yield from _database(database, report)
        subjects = grouped_findings.grouped_findings(report, notes=self._verbose)
        for subject in subjects if self._verbose else without_warnings(subjects):
            yield Text()
            yield Text(single_line(str(subject.id or "The project as a whole")), style="bold")
            for shared in grouped_findings.in_one_entry(subject.shared):
                if subject.id is None and not self._verbose and shared.finding.severity == "warning":
                    yield finding_line(shared)
                else:
                    yield from finding_block(shared, verbose=self._verbose)
            yield from commands_block(repetition(subject.name, subject.shared))
        yield from _reasons(report, self._verbose)
        table = findings_table(subjects)
        if table is not None:
            yield Text()
            yield Text("All findings by rule", style="bold")
            yield Padding(table, (0, 0, 0, 2))
            yield Padding(Text(HINT, style="dim"), (0, 0, 0, 2))
        if self._verbose:
            yield from _times(run.times)
        yield Text()
        yield _closing(report, self._verbose)


def _times(times: tuple[TimeSpent, ...]) -> RenderResult:
    table = time_table(times)
    if table is not None:
        yield Text()
        yield Text("Where the time went (of all workers together)", style="bold")
        yield Padding(table, (0, 0, 0, 2))
        yield Padding(Text(longest_targets(times), style="dim"), (0, 0, 0, 2))


def _database(database: DatabaseReport, report: Report) -> RenderResult:
    yield Text()
    scratch = database.scratch
    engine = f"{ENGINES.get(database.engine, database.engine)} {database.version}".strip()
    alias = "" if database.alias == "default" else f", alias {database.alias}"
    line = Text(single_line(f"{database.name}"), style="bold")
    line.append(single_line(f": {engine}{alias}; from scratch: "), style="not bold")
    line.append(VERDICT_LABELS[scratch.verdict], style=STYLES[scratch.verdict])
    if scratch.migrations:
        duration = f", {count(scratch.migrations, 'migration')} in {format_seconds(scratch.seconds)}"
        line.append(duration, style="not bold")
    yield line
    entries = tuple(migration for migration in report.migrations if migration.database == database.name)
    if entries:
        yield Padding(_table(entries), (0, 0, 0, 2))
        for text in empty_table_lines(entries):
            yield Padding(Text(single_line(text), style="yellow"), (0, 0, 0, 2))


def _table(entries: tuple[MigrationReport, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("", no_wrap=True)
    table.add_column("", overflow="fold")
    for head in ("forward", "rollback", "re-apply"):
        table.add_column(head, justify="right", no_wrap=True)
    app = None
    for entry in entries:
        if entry.id.app != app:
            app = entry.id.app
            table.add_row("", Text(single_line(app), style="bold"))
        table.add_row(
            Text(_label(entry), style=STYLES[entry.verdict]),
            Text(single_line(entry.id.name)),
            *(Text(_timing(entry, direction)) for direction in DIRECTIONS),
        )
    return table


def _label(entry: MigrationReport) -> str:
    return "in part" if entry.elsewhere and entry.verdict == "skipped" else VERDICT_LABELS[entry.verdict]


def _timing(entry: MigrationReport, direction: str) -> str:
    steps = [step for step in entry.steps if step.phase == "cycle" and step.direction == direction]
    if entry.verdict == "passed" and not entry.acknowledged:
        # A step that only edge rows make fail is a warning, and is repeated without them.
        steps.sort(key=lambda step: step.outcome != "ok")
    if not steps:
        return "-"
    return format_seconds(steps[0].seconds) if steps[0].outcome == "ok" else steps[0].outcome


def _reasons(report: Report, verbose: bool) -> RenderResult:
    alike: dict[tuple[Verdict, str, tuple[str, ...]], list[str]] = {}
    for migration in grouped_findings.migration_reasons(report):
        key = migration.verdict, migration.reason, migration.databases
        alike.setdefault(key, []).append(str(migration.id))
    if alike:
        yield Text()
        yield Text("Not rehearsed, or not completely", style="bold")
    for (verdict, reason, databases), migrations in alike.items():
        names = ", ".join(migrations) if verbose else enumerate_items(migrations)
        line = Text(f"{VERDICT_LABELS[verdict]} ", style=STYLES[verdict])
        line.append(single_line(f"{names} [{', '.join(databases)}]: {reason}"), style="not bold")
        yield Padding(line, (0, 0, 0, 2))
    if report.reasons:
        yield Text()
        yield Text("The run did not finish", style="bold")
    for reason in report.reasons:
        for text in reason.splitlines()[:REASON_LINES]:
            yield Padding(Text(single_line(text)), (0, 0, 0, 2))


def _closing(report: Report, verbose: bool) -> Text:
    of_shard = report.headline != report.verdict
    line = Text(
        report.headline if of_shard else VERDICT_LABELS[report.verdict],
        style=STYLES["skipped" if of_shard else report.verdict],
    )
    hint = "" if verbose or not info_findings(report) else " (use --verbose to show notes)"
    if report.verdict == "failed" and all(entry.verdict != "failed" for entry in report.migrations):
        skips = any(map(fails_run, report.migrations))
        line.append(", by what was skipped" if skips else ", by the project as a whole")
    line.append(
        f": {count_verdicts(report)}; {count_findings(report)}{hint}; {format_seconds(report.run.seconds)}",
        style="not bold default",
    )
    return line
